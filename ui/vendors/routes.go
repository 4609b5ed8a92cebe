// Package vendors is the print vendors' door: the batch API by which they pull sealed letters and say what became of each.
package vendors

import (
	"embed"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/calendar"
	"duenotice/letters"
	"duenotice/ui/page"
)

// BodyLimit is the largest body that the API reads, so the least that the
// listener's app must allow.
const BodyLimit = 4 << 20

const (
	prefix = "/vendor/v1"
	small  = 64 << 10 // bodies that name no pieces
)

//go:embed *.html
var pages embed.FS

// desk is what the handlers share.
type desk struct {
	mailroom *letters.Mailroom
	sandbox  *letters.Sandbox // nil where letters are real
	page     *page.Renderer
	rate     *rate
	known    []operation
	openapi  []byte
}

// Problem is for page.Site: errors of the API are told as RFC 9457 problem
// details, whatever the request says it accepts.
func Problem(c *fiber.Ctx) bool { return strings.HasPrefix(c.Path(), "/vendor/") }

// Routes adds the start page and the batch API to the vendors' listener, whose
// app has Immutable set, allows BodyLimit and has no write timeout shorter
// than the slowest vendor's pull of one file. Its pages are added to r here.
func Routes(app fiber.Router, r *page.Renderer, m *letters.Mailroom) error {
	return routes(app, r, m, newRate(calendar.Wall, 200, 1000))
}

func routes(app fiber.Router, r *page.Renderer, m *letters.Mailroom, limit *rate) error {
	if err := r.Add(pages); err != nil {
		return err
	}
	return (&desk{mailroom: m, page: r, rate: limit}).hang(app)
}

// hang hangs the API into an app.
func (d *desk) hang(app fiber.Router) error {
	d.known = append(d.operations(), d.sandboxOperations()...)
	var err error
	if d.openapi, err = describe(d.known); err != nil {
		return err
	}
	app.Get("/", d.start)
	app.Get(prefix, d.described)
	app.Get(prefix+"/openapi.json", d.openAPI)
	app.Post(prefix+"/token", answer, d.token)
	d.notifyRoutes(app)
	v1 := app.Group(prefix, answer, d.admit)
	for _, o := range d.known {
		if o.method == fiber.MethodGet {
			v1.Get(o.path, o.run) // and HEAD
		} else {
			v1.Add(o.method, o.path, o.run)
		}
	}
	return nil
}

// operations is the whole batch API, in the order of its description.
func (d *desk) operations() []operation {
	return []operation{
		look("/batches", "listBatches", "List your batches, oldest first", "", d.batches,
			parameter{Name: "state", Says: "Only those in this state.", Type: "string", OneOf: batchStates},
			after("The code of the last batch of the page before: its next."), limited(mostBatches)),
		look("/batches/:code", "getBatch", "Read one batch", "", d.batch),
		tell(d, "/batches/:code/lease", "leaseBatch", small, "Keep a batch for one of your workers for five minutes",
			"The same worker makes it longer by asking again; another one is refused until it lapses. A lease keeps your workers out of each other's way and nothing else: a pull that outlives it goes on.", d.lease),
		d.pdfOperation(),
		d.sealedOperation(),
		look("/batches/:code/sealed.json", "describeSealed", "Read both checksums of a file that is sealed to your key",
			"clear is what /pdf is and what you have after opening; sealed is what /pdf.sealed is.", d.sealedNote),
		d.manifestOperation(),
		fetch("/batches/:code/manifest.csv", "getManifestCSV", "text/csv", "Fetch what a batch holds, as CSV",
			"One line a piece; the last line begins with END and has the sums and the SHA-256 of the PDF.", d.manifest("csv"), fiber.StatusConflict),
		fetch("/batches/:code/rows.csv", "getRows", "text/csv", "Fetch the data from which letters in Braille or audio are made",
			"One line a letter in the order of the manifest, after a line with the names of the columns. The manifest names the file with its SHA-256 as rows; other batches have none.", d.rows, fiber.StatusConflict),
		fetch("/batches/:code/pieces.ndjson", "listPieces", ndjson, "Fetch where each piece of a batch is now, one JSON object a line",
			"Without a line whose reference is END, which is the last one and counts the pieces, the answer broke off.", d.pieces, fiber.StatusConflict),
		fetch("/batches/:code/pieces/:reference.pdf", "getPiece", "application/pdf", "Draw one piece again, the same each time",
			"While it is with you and the batch's key lives. Each is noted by name.", d.piece, fiber.StatusConflict),
		tell(d, "/batches/:code/accept", "acceptBatch", small, "Promise to print a batch",
			"Once checksum and pages are right. Again changes nothing.", d.accept),
		tell(d, "/batches/:code/reject", "rejectBatch", small, "Give a batch back unprinted",
			"Its people are written to with another batch.", d.reject),
		tell(d, "/batches/:code/dispatch", "dispatchBatch", BodyLimit, "Report a batch as posted",
			"It touches only pieces that are accepted, printed or enclosed and not asked back; each other one is refused by name. posted_on lies between acceptance and today. Reported again with a later day it moves the people's time later.", d.dispatch),
		tell(d, "/batches/:code/destroyed", "copiesDestroyed", small, "Say that your copies of a batch are destroyed",
			"Once nothing of it is left to be posted, within the days that were agreed. Again changes nothing.", d.destroyed),

		tell(d, "/pieces/status", "reportPieces", BodyLimit, "Report up to 10,000 pieces one by one",
			"In the order in which it happened; a verdict for each. Steps may be skipped, going back is refused, late and repeated reports are already so.", d.status),
		tell(d, "/pieces/returned", "reportReturned", BodyLimit, "Report letters that came back",
			"At any later time, even years. The reason is R01 to R10, or a few words.", d.returned),
		tell(d, "/pieces/spoiled", "reportSpoiled", BodyLimit, "Report pieces that were ruined",
			"For each a new piece is made, with a new reference and a new code.", d.spoiled),
		tell(d, "/pieces/suspect", "reportSuspect", BodyLimit, "Report pieces that may be in wrong envelopes, or printed wrong",
			"By ranges of their sequence; none means the whole batch. In doubt, report it.", d.suspect),

		look("/recalls", "listRecalls", "List the pieces that must not be posted", "Look before you post.", d.recalls,
			after("The id of the last recall of the page before: its next."), limited(mostRecalls)),
		tell(d, "/recalls/:id/done", "recallDone", small, "Say that a piece was taken out", "", d.recalled(true)),
		tell(d, "/recalls/:id/too-late", "recallTooLate", small, "Say that a piece was posted before", "", d.recalled(false)),

		look("/proofs", "listProofs", "List the packs that you are to print, and what you said of their proofs", "", d.proofs),
		fetch("/proofs/:id.pdf", "getProof", "application/pdf", "Fetch a proof: the pack's letters to made-up people",
			"Drawn for your envelope. Their codes open nothing.", d.proof),
		tell(d, "/proofs/:id", "judgeProof", small, "Say whether a proof prints right", "The newest verdict counts.", d.judge),
		tell(d, "/invoices", "sendInvoice", BodyLimit, "Send an invoice",
			"Its lines are kept as they came, and compared with the pieces that you reported as posted; the answer says what of each line is not explained by them. The same number with other lines is a conflict.", d.invoice),
	}
}

func after(says string) parameter { return parameter{Name: "after", Says: says, Type: "string"} }

func limited(most int) parameter {
	return parameter{Name: "limit", Says: "How many at most, 1 to " + itoa(most) + "; 100 if it is not there.", Type: "integer"}
}

func (d *desk) start(c *fiber.Ctx) error {
	return d.page.Render(c, "start.html", fiber.StatusOK, page.View{Title: "Print vendors", Body: startPage{Most: mostPieces, Page: mostBatches}})
}

type startPage struct{ Most, Page int }
