package letters

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"duenotice/campaigns"
	"duenotice/letters/exchange"
	"duenotice/letters/paper"
	"duenotice/optout"
)

// addressee is somebody of a batch at the moment of sealing: person, state and
// notice as they are under the lock.
type addressee struct {
	notice optout.Notice
	person campaigns.Person
	state  campaigns.State
	onWay  bool // a piece of the same notice has not ended
}

// inPausedPractice is the reason that lifts by itself.
const inPausedPractice = "practice paused"

// withhold says why a letter is not drawn, or "". It is asked once more at
// sealing, for each person, under the lock (letters, "Batches").
func (a addressee) withhold(practice campaigns.Signal, known bool) string {
	switch {
	case a.state == campaigns.OptedOut:
		return "said no"
	case a.state == campaigns.Held:
		return "may have said no"
	case !a.person.DiedOn.IsZero():
		return "died"
	case a.person.LeftReason != "":
		return "left"
	case a.person.MergedInto != 0:
		return "merged"
	case a.person.Sensitive:
		return "sensitive"
	case a.state != campaigns.Scheduled || a.notice.Void() || !a.notice.PostedOn.IsZero():
		return "no longer to be written to"
	case a.person.Undeliverable != "":
		return "no deliverable address"
	case a.onWay:
		return "another letter is on its way"
	case !known || practice.Red():
		return inPausedPractice
	}
	return ""
}

// held is a letter that is not drawn.
type held struct {
	enrolment campaigns.EnrolmentID
	notice    optout.NoticeID
	reason    string
}

// drawn is a letter in the file.
type drawn struct {
	addressee
	id        PieceID
	reference string
	code      string
	place     paper.Place
	postcode  string
	checksum  [sha256.Size]byte
}

// drawing is a batch on its way to be sealed.
type drawing struct {
	batch    Batch
	salt     []byte
	pack     paper.Pack
	codes    optout.CodeMaker
	pieces   []drawn
	withheld []held
	geometry paper.Geometry
	worded   paper.Pack     // in full, where the pack is the cover of Braille or audio
	rows     *exchange.File // from which a specialist makes them
	letters  []paper.Letter // as drawn, in the order of the pieces
	file     *paper.Batch
	manifest exchange.Manifest
	files    map[string][]byte // by kind of manifest
}

// number is the id of a piece to be and its reference.
type number struct {
	id        PieceID
	reference string
}

// draw draws the letters in the order of postcodes. Those that cannot be
// printed right are withheld with the reason.
func (d *drawing) draw(ctx context.Context, people []addressee, numbers []number) error {
	slices.SortFunc(people, func(a, b addressee) int {
		return cmp.Or(cmp.Compare(a.person.Postcode, b.person.Postcode), cmp.Compare(a.notice.Enrolment, b.notice.Enrolment))
	})
	file, err := paper.NewBatch(d.pack, d.geometry)
	if err != nil {
		return fmt.Errorf("begin batch %s: %w", d.batch.Code, err)
	}
	for i, a := range people {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("draw batch %s: %w", d.batch.Code, err)
		}
		l := paper.Letter{
			Reference: PrintedReference(numbers[i].reference), Name: a.person.Name(), Address: a.person.Address,
			Postcode: a.person.Postcode, NHSNumber: a.person.NHSNumber, Code: d.codes.Derive(d.salt, numbers[i].reference),
			LastDay: a.notice.PrintedLastOn, Dated: a.notice.ComposedOn,
		}
		place, err := file.Draw(l)
		var unfit *paper.Unfit
		if errors.As(err, &unfit) {
			d.withheld = append(d.withheld, held{a.notice.Enrolment, a.notice.ID, "letter: " + unfit.Problems[0].Sentence})
			continue
		}
		if err != nil {
			return err
		}
		postcode, _ := paper.PrintedPostcode(l.Postcode)
		d.pieces = append(d.pieces, drawn{a, numbers[i].id, numbers[i].reference, l.Code, place, postcode, checksum(d.salt, l)})
		d.letters = append(d.letters, l)
	}
	d.file = file
	return nil
}

// checksum identifies what is printed in a letter. It is keyed by the batch, so
// that nobody can find a person by trying.
func checksum(salt []byte, l paper.Letter) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, salt)
	for _, s := range append([]string{l.Reference, l.Name, l.Postcode, l.NHSNumber, l.Code, l.LastDay.String(), l.Dated.String()}, l.Address...) {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s))))
		h.Write([]byte(s))
	}
	h.Sum(sum[:0])
	return sum
}

// list writes the manifest of what was drawn and gives the batch its sums.
func (d *drawing) list() error {
	b := &d.batch
	d.manifest = exchange.Manifest{
		Version: exchange.Version, Batch: b.Code, Campaign: b.CampaignCode, Vendor: b.VendorCode,
		Pack:    exchange.Pack{Code: d.pack.Code, Version: d.pack.Version, Form: d.pack.Form, Language: b.Language, Format: b.Format},
		Postage: b.Postage, SealedAt: b.SealedAt, DueAt: b.DueAt, PlannedPostOn: b.PlannedPostOn,
		PDF:  exchange.File{Name: b.FileName(), Bytes: b.PDFBytes, SHA256: hex.EncodeToString(b.PDFSHA256)},
		Rows: d.rows,
	}
	for i, p := range d.pieces {
		d.manifest.Add(exchange.Piece{
			Sequence: i + 1, Reference: p.reference, FirstPage: p.place.FirstPage, Pages: p.place.Pages,
			Sheets: p.place.Sheets, Postcode: p.postcode, Checksum: hex.EncodeToString(p.checksum[:]),
		})
	}
	if err := d.manifest.Check(); err != nil {
		return fmt.Errorf("seal batch: %w", err)
	}
	json, err := d.manifest.JSON()
	if err != nil {
		return err
	}
	csv, err := d.manifest.CSV()
	if err != nil {
		return err
	}
	d.files = map[string][]byte{"json": json, "csv": csv}
	sum := sha256.Sum256(json)
	b.ManifestSHA256 = sum[:]
	b.Pieces, b.Pages, b.Sheets = d.manifest.Totals.Pieces, d.manifest.Totals.Pages, d.manifest.Totals.Sheets
	return nil
}
