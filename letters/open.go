package letters

import (
	"context"
	"errors"
	"io"
	"time"

	"duenotice/campaigns"
	"duenotice/letters/exchange"
)

var errClosed = errors.New("the mailroom is not open yet")

// ComposeWave plans the batches of an approved wave; repeating it does nothing.
func (m *Mailroom) ComposeWave(ctx context.Context, campaign campaigns.CampaignID, wave campaigns.WaveID) error {
	return errClosed
}

// ComposeBatch gives the people of a planned batch their notices.
func (m *Mailroom) ComposeBatch(ctx context.Context, id BatchID) error { return errClosed }

// SealBatch draws a composed batch.
func (m *Mailroom) SealBatch(ctx context.Context, id BatchID) error { return errClosed }

// ComposeFollowUps gathers people who are to be written to again or later than their wave; it returns how many batches it made.
func (m *Mailroom) ComposeFollowUps(ctx context.Context, campaign campaigns.CampaignID) (batches int, err error) {
	return 0, errClosed
}

// RecallStale asks back the pieces of people who are not to be written to any more.
func (m *Mailroom) RecallStale(ctx context.Context, campaign campaigns.CampaignID) (asked int, err error) {
	return 0, errClosed
}

// EnsureStandardPack puts the standard English pack among the packs, approved.
func (m *Mailroom) EnsureStandardPack(ctx context.Context) error { return errClosed }

// AddVendor adds a vendor, or finds the one with this code.
func (m *Mailroom) AddVendor(ctx context.Context, code, name string) (Vendor, error) {
	return Vendor{}, errClosed
}

// NewVendorKey makes a key and returns it, once.
func (m *Mailroom) NewVendorKey(ctx context.Context, id VendorID) (plain string, err error) {
	return "", errClosed
}

// VendorKeys lists the keys of a vendor.
func (m *Mailroom) VendorKeys(ctx context.Context, id VendorID) ([]VendorKey, error) {
	return nil, errClosed
}

// RevokeVendorKey ends a key at once.
func (m *Mailroom) RevokeVendorKey(ctx context.Context, id VendorID, key int64) error {
	return errClosed
}

// VendorByKey says whose key this is.
func (m *Mailroom) VendorByKey(ctx context.Context, key string) (Vendor, error) {
	return Vendor{}, errClosed
}

// Batches lists sealed batches of a vendor.
func (m *Mailroom) Batches(ctx context.Context, vendor VendorID, f BatchFilter) ([]Batch, error) {
	return nil, errClosed
}

// Batch finds a sealed batch of a vendor by its code.
func (m *Mailroom) Batch(ctx context.Context, vendor VendorID, code string) (Batch, error) {
	return Batch{}, errClosed
}

// Lease reserves a batch for one of the vendor's workers.
func (m *Mailroom) Lease(ctx context.Context, vendor VendorID, code string) (until time.Time, err error) {
	return time.Time{}, errClosed
}

// PDF opens a batch's file from an offset; length -1 reads to the end. The first pull is noted.
func (m *Mailroom) PDF(ctx context.Context, vendor VendorID, code string, offset, length int64) (io.ReadCloser, Batch, error) {
	return nil, Batch{}, errClosed
}

// Manifest reads what a batch holds.
func (m *Mailroom) Manifest(ctx context.Context, vendor VendorID, code string) (exchange.Manifest, error) {
	return exchange.Manifest{}, errClosed
}

// ManifestFile returns the manifest as it was sealed: kind json or csv.
func (m *Mailroom) ManifestFile(ctx context.Context, vendor VendorID, code, kind string) ([]byte, error) {
	return nil, errClosed
}

// Accept takes a batch for printing.
func (m *Mailroom) Accept(ctx context.Context, vendor VendorID, code string) error { return errClosed }

// Reject gives a batch back with the reason.
func (m *Mailroom) Reject(ctx context.Context, vendor VendorID, code, reason string) error {
	return errClosed
}

// Dispatch reports a batch as posted.
func (m *Mailroom) Dispatch(ctx context.Context, vendor VendorID, code string, d Dispatch) (Outcome, error) {
	return Outcome{}, errClosed
}

// Report takes up to 10,000 reports on pieces and answers each.
func (m *Mailroom) Report(ctx context.Context, vendor VendorID, reports []PieceReport) ([]Verdict, error) {
	return nil, errClosed
}

// Suspect puts pieces of a batch under suspicion; no range means the whole batch.
func (m *Mailroom) Suspect(ctx context.Context, vendor VendorID, code string, ranges []Range, reason string) (Outcome, error) {
	return Outcome{}, errClosed
}

// SuspectByStaff is Suspect by a manager.
func (m *Mailroom) SuspectByStaff(ctx context.Context, by campaigns.Viewer, code string, ranges []Range, reason string) (Outcome, error) {
	return Outcome{}, errClosed
}

// ProposeLiftSuspicion asks for a batch's suspicion to be lifted; another person has to agree.
func (m *Mailroom) ProposeLiftSuspicion(ctx context.Context, by campaigns.Viewer, code, reason string) error {
	return errClosed
}

// AgreeToLiftSuspicion lifts a batch's suspicion.
func (m *Mailroom) AgreeToLiftSuspicion(ctx context.Context, by campaigns.Viewer, code string) error {
	return errClosed
}

// Recall asks a piece back from its vendor.
func (m *Mailroom) Recall(ctx context.Context, by campaigns.Viewer, reference, reason string) error {
	return errClosed
}

// Recalls lists what a vendor is asked to give back.
func (m *Mailroom) Recalls(ctx context.Context, vendor VendorID) ([]Recall, error) {
	return nil, errClosed
}

// AnswerRecall says whether a piece could still be taken out.
func (m *Mailroom) AnswerRecall(ctx context.Context, vendor VendorID, id int64, done bool) error {
	return errClosed
}

// Once does what a request asks once, and answers its repetition with the first answer.
func (m *Mailroom) Once(ctx context.Context, vendor VendorID, key string, requestSHA []byte, do func() (status int, contentType string, body []byte, err error)) (status int, contentType string, body []byte, replayed bool, err error) {
	return 0, "", nil, false, errClosed
}

// BatchesOf lists the batches of a campaign.
func (m *Mailroom) BatchesOf(ctx context.Context, campaign campaigns.CampaignID) ([]Batch, error) {
	return nil, errClosed
}

// BatchForStaff finds a batch by its code.
func (m *Mailroom) BatchForStaff(ctx context.Context, by campaigns.Viewer, code string) (Batch, error) {
	return Batch{}, errClosed
}

// LettersOf lists the letters to one person in one campaign.
func (m *Mailroom) LettersOf(ctx context.Context, campaign campaigns.CampaignID, enrolment campaigns.EnrolmentID) ([]Letter, error) {
	return nil, errClosed
}

// Reconciliation balances each batch of a campaign.
func (m *Mailroom) Reconciliation(ctx context.Context, campaign campaigns.CampaignID) ([]Balance, error) {
	return nil, errClosed
}

// WithheldOf counts the letters of a batch that were not drawn, by reason.
func (m *Mailroom) WithheldOf(ctx context.Context, id BatchID) ([]WithheldCount, error) {
	return nil, errClosed
}
