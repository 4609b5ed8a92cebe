package vendors

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
	"duenotice/letters"
)

const (
	mostLetters   = 2500 // of one list
	mostReasons   = 180  // characters; with its code it fits what is kept
	notifyPending = "PENDING"
)

// notifyStates are the contract's words for where a piece is (vendors, "Piece
// states, enforced"). A spoiled one has none and shows as failed.
var notifyStates = map[letters.PieceState]string{
	letters.Released: notifyPending, letters.PieceAccepted: "ACCEPTED", letters.Rejected: "REJECTED", letters.Printed: "PRINTED",
	letters.Enclosed: "ENCLOSED", letters.Recalled: "CANCELLED", letters.Posted: "DISPATCHED", letters.Delivered: "DELIVERED",
	letters.Failed: "FAILED", letters.Returned: "RETURNED", letters.Forwarded: "FORWARDED", letters.Spoiled: "FAILED",
}

// notifyReports are what can be reported by those words.
var notifyReports = map[string]letters.PieceState{
	"ACCEPTED": letters.PieceAccepted, "REJECTED": letters.Rejected, "PRINTED": letters.Printed, "ENCLOSED": letters.Enclosed,
	"CANCELLED": letters.Recalled, "DISPATCHED": letters.Posted, "DELIVERED": letters.Delivered, "FAILED": letters.Failed,
	"RETURNED": letters.Returned, "FORWARDED": letters.Forwarded,
}

// returnReasons are the post's.
var returnReasons = map[string]string{
	"R01": "Addressee gone away", "R02": "Address incomplete", "R03": "Address inaccessible", "R04": "Addressee unknown",
	"R05": "Addressee gone away/Refused", "R06": "Not called for", "R07": "No such address", "R08": "No reason given", "R09": "Deceased", "R10": "Miscellaneous",
}

type notifyItem struct {
	ID         string           `json:"id"`
	Type       string           `json:"type"`
	Attributes notifyAttributes `json:"attributes"`
}

type notifyAttributes struct {
	Specification string `json:"specificationId"`
	Group         string `json:"groupId"`
	Status        string `json:"status"`
	ReasonCode    string `json:"reasonCode,omitempty"`
	ReasonText    string `json:"reasonText,omitempty"`
}

type notifyOne struct {
	Data notifyItem `json:"data"`
}

type notifyMany struct {
	Data []notifyItem `json:"data"`
}

func notifyOf(l letters.VendorLetter) notifyItem {
	a := notifyAttributes{Specification: l.Specification, Group: l.Batch, Status: notifyStates[l.State]}
	code, text, found := strings.Cut(l.Reason, ": ")
	switch {
	case l.State == letters.Returned && returnReasons[l.Reason] != "":
		a.ReasonCode, a.ReasonText = l.Reason, returnReasons[l.Reason]
	case found && !strings.Contains(code, " "):
		a.ReasonCode, a.ReasonText = code, text
	default:
		a.ReasonText = l.Reason
	}
	return notifyItem{l.Reference, notifyLetter, a}
}

func (d *desk) notifyList(c *fiber.Ctx) error {
	limit, err := strconv.Atoi(c.Query("limit", strconv.Itoa(mostLetters)))
	if err != nil || limit < 1 || limit > mostLetters {
		return malformed("The limit is a number from 1 to %d.", mostLetters)
	}
	list, err := d.mailroom.NextLetters(c.UserContext(), vendorOf(c), limit)
	if err != nil {
		return err
	}
	said := notifyMany{make([]notifyItem, len(list))}
	for i, l := range list {
		said.Data[i] = notifyOf(l)
	}
	return notifySay(c, fiber.StatusOK, said)
}

func (d *desk) notifyRead(c *fiber.Ctx) error {
	l, err := d.mailroom.VendorLetter(c.UserContext(), vendorOf(c), c.Params("id"))
	if err != nil {
		return err
	}
	return notifySay(c, fiber.StatusOK, notifyOne{notifyOf(l)})
}

// notifyReported reads one report in the contract's words. It carries no date:
// what happened, happened today.
func notifyReported(item notifyItem) (letters.PieceReport, error) {
	a := item.Attributes
	r := letters.PieceReport{Reference: item.ID, Status: notifyReports[a.Status]}
	switch {
	case item.Type != notifyLetter:
		return r, malformed("The type is Letter.")
	case item.ID == "" || len(item.ID) > 60:
		return r, malformed("The id is that of a letter.")
	case a.Status == notifyPending:
		return r, malformed("It is not possible to update a letter to PENDING.")
	case r.Status == "":
		return r, malformed("The status is one of ACCEPTED, REJECTED, PRINTED, ENCLOSED, CANCELLED, DISPATCHED, DELIVERED, FAILED, RETURNED, FORWARDED.")
	case a.Status == "RETURNED" && (returnReasons[a.ReasonCode] == "" || strings.TrimSpace(a.ReasonText) == ""):
		return r, malformed("A letter that is RETURNED needs a reasonCode from R01 to R10, and a reasonText.")
	case len(a.ReasonText) > mostReasons || a.ReasonCode != "" && !plain(a.ReasonCode, 10):
		return r, malformed("A reasonCode is one word of at most 10 symbols, a reasonText has at most %d.", mostReasons)
	}
	switch {
	case r.Status == letters.Returned:
		r.Reason = a.ReasonCode
	case a.ReasonCode != "":
		r.Reason = a.ReasonCode + ": " + a.ReasonText
	default:
		r.Reason = a.ReasonText
	}
	return r, nil
}

func (d *desk) notifyPatch(c *fiber.Ctx) error {
	var asked notifyOne
	if err := notifyBody(c, &asked); err != nil {
		return err
	}
	if _, err := d.mailroom.VendorLetter(c.UserContext(), vendorOf(c), c.Params("id")); err != nil {
		return err
	}
	if asked.Data.ID != c.Params("id") {
		return malformed("The id in the body is not the one in the address.")
	}
	r, err := notifyReported(asked.Data)
	if err != nil {
		return err
	}
	verdicts, err := d.mailroom.Report(c.UserContext(), vendorOf(c), []letters.PieceReport{r})
	if err != nil {
		return err
	}
	if verdicts[0].Verdict == letters.Refused {
		return malformed("%s", verdicts[0].Reason)
	}
	return d.notifyRead(c)
}

// notifyReport takes many reports. All of them are of the right form, or none
// is taken; what becomes of each is then seen in its letter.
func (d *desk) notifyReport(c *fiber.Ctx) error {
	var asked notifyMany
	if err := notifyBody(c, &asked); err != nil {
		return err
	}
	if len(asked.Data) == 0 || len(asked.Data) > mostPieces {
		return malformed("Report from 1 to 10,000 letters at a time; these are %d.", len(asked.Data))
	}
	reports := make([]letters.PieceReport, len(asked.Data))
	seen := make(map[string]bool, len(reports))
	for i, item := range asked.Data {
		var err error
		if reports[i], err = notifyReported(item); err != nil {
			return malformed("Number %d of data: %s Nothing was taken.", i+1, err.Error())
		}
		if seen[item.ID] {
			return malformed("Number %d of data is for a letter that is there twice. Nothing was taken.", i+1)
		}
		seen[item.ID] = true
	}
	if _, err := d.mailroom.Report(c.UserContext(), vendorOf(c), reports); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusAccepted)
}

// notifyData sends to where the letter's PDF is for a minute.
func (d *desk) notifyData(c *fiber.Ctx) error {
	l, err := d.mailroom.VendorLetter(c.UserContext(), vendorOf(c), c.Params("id"))
	if err != nil {
		return err
	}
	if !slices.Contains([]letters.PieceState{letters.Released, letters.PieceAccepted, letters.Printed, letters.Enclosed}, l.State) {
		return fault.New(fault.NotFound, "This letter is %s: it is not printed again.", notifyStates[l.State])
	}
	if err := d.mailroom.InTheClear(c.UserContext(), vendorOf(c)); err != nil {
		if sealed := fault.Of(err); sealed != nil { // the contract has no other word for it
			return fault.New(fault.NotFound, "%s", sealed.Sentence)
		}
		return err
	}
	token, err := d.mailroom.LetterLink(vendorOf(c), l.Reference)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderLocation, c.BaseURL()+notifyPrefix+"/files/"+l.Reference+"?token="+url.QueryEscape(token))
	return c.SendStatus(fiber.StatusSeeOther)
}

func (d *desk) notifyFile(c *fiber.Ctx) error {
	reference := c.Params("id")
	vendor, err := d.mailroom.LinkHolder(reference, c.Query("token"))
	if err != nil {
		return err
	}
	pdf, err := d.mailroom.PullLetter(c.UserContext(), vendor, reference)
	if err != nil {
		return err
	}
	attach(c, "application/pdf", reference+".pdf")
	return c.Send(pdf)
}
