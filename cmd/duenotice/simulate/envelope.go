package simulate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"duenotice/optout"
)

// openEnvelope looks into the file that the vendor pulled, whether the letter
// of a person really shows the code that the person goes on to use. Without
// pdftotext nobody looks.
func (y *year) openEnvelope(ctx context.Context, l letter) error {
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		return nil //nolint:nilerr // an optional tool
	}
	var batch string
	var first, pages int
	err = y.house.Pool.QueryRow(ctx, `SELECT b.code, p.first_page, p.pages FROM pieces p JOIN batches b ON b.id = p.batch_id WHERE p.id = $1`, l.piece).
		Scan(&batch, &first, &pages)
	if err != nil {
		return fmt.Errorf("find the letter in its file: %w", err)
	}
	file := filepath.Join(y.folder, l.who.side.vendorCode, batch+".pdf")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && l.who.side.shift.Misbehave {
		return nil // it says that it has posted what it never fetched
	}
	text, err := exec.CommandContext(ctx, reader, "-f", strconv.Itoa(first), "-l", strconv.Itoa(first+pages-1), file, "-").Output()
	if err != nil {
		return fmt.Errorf("read the letter: %w", err)
	}
	if code := optout.GroupCode(y.codes.Derive(l.salt, l.reference)); !strings.Contains(squeeze(string(text)), squeeze(code)) {
		return fmt.Errorf("the letter of piece %d does not show its code", l.piece)
	}
	return nil
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// suspects has the first two people whose letters fell under suspicion use
// their codes: a no is looked at by a person, a yes is refused.
func (y *year) suspects(ctx context.Context, side int, batch string) error {
	s := y.sides[side]
	for i, says := range []string{"no", "yes"} {
		var l letter
		var id int64
		err := y.house.Pool.QueryRow(ctx, `
			SELECT p.id, p.reference, b.salt, p.number, p.posted_on, n.closes_on, p.person_id
			FROM pieces p JOIN batches b ON b.id = p.batch_id JOIN notices n ON n.campaign_id = p.campaign_id AND n.id = p.notice_id
			WHERE b.code = $1 AND p.sequence = $2`, batch, i+1).Scan(&l.piece, &l.reference, &l.salt, &l.number, &l.postedOn, &l.closesOn, &id)
		if err != nil {
			return fmt.Errorf("find a suspect letter of %s: %w", s.code, err)
		}
		if l.who = y.byID(id); l.who == nil || l.who.into != nil {
			continue
		}
		if says == "no" {
			y.online(y.today, l, says)
			continue
		}
		y.plan(y.today, l.who, func(ctx context.Context) error {
			if err := y.answerOnline(ctx, l, "yes", browsers); err == nil {
				return fmt.Errorf("a yes with the code of a suspect letter was taken")
			}
			return nil
		})
	}
	return nil
}
