package letters

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters/archive"
	"duenotice/letters/paper"
	"duenotice/letters/scan"
)

// pictureName is where the upright picture of a page rests, and pictureKey under which key.
func (f scanFile) pictureName(page int) string { return fmt.Sprintf("%s.page-%d", f.name, page) }

func (f scanFile) pictureKey(page int) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, f.key, nil, fmt.Sprintf("duenotice picture of page %d", page), archive.KeyBytes)
	if err != nil {
		return nil, fmt.Errorf("derive key of a page: %w", err)
	}
	return key, nil
}

// keepPicture keeps the upright picture of a page for people to look at.
func (m *Mailroom) keepPicture(ctx context.Context, f scanFile, page int, sheet *image.Gray) error {
	key, err := f.pictureKey(page)
	if err != nil {
		return err
	}
	_, err = m.Archive.PutSealed(ctx, f.pictureName(page), key, func(w io.Writer) error {
		return jpeg.Encode(w, sheet, &jpeg.Options{Quality: 70})
	})
	if err != nil {
		return fmt.Errorf("keep picture of a page: %w", err)
	}
	return nil
}

// partsOf says where the things are that people key, with a little around each.
func partsOf(plan *paper.FormPlan) map[string]part {
	parts := map[string]part{}
	if plan == nil {
		return parts
	}
	names := map[string]string{paper.FieldYes: PartAnswer, paper.FieldNo: PartAnswer, paper.FieldBorn: PartBorn, paper.FieldSignature: PartSignature,
		paper.FieldCapacity: PartBehalf, paper.FieldOther: PartBehalf}
	for _, f := range plan.Fields {
		name, z := names[f.Name], f.Zone
		if p, ok := parts[name]; ok {
			parts[name] = part{min(p.X0, z.X0), min(p.Y0, z.Y0), max(p.X1, z.X1), max(p.Y1, z.Y1)}
		} else {
			parts[name] = part{z.X0, z.Y0, z.X1, z.Y1}
		}
	}
	for name, p := range parts {
		const around = 8
		parts[name] = part{max(0, p.X0-around), max(0, p.Y0-around), min(210, p.X1+around), min(297, p.Y1+around)}
	}
	for _, name := range []string{PartAnswer, PartBehalf} { // with the words beside the boxes
		if p, ok := parts[name]; ok {
			parts[name] = part{10, p.Y0, 200, p.Y1}
		}
	}
	return parts
}

// ScanPicture is the upright picture of a page of a hold or a scan that the
// viewer may see, or a part of it, as JPEG. The look is in the audit.
func (m *Mailroom) ScanPicture(ctx context.Context, by campaigns.Viewer, page int64, which string) ([]byte, error) {
	var s ScanID
	var n int
	var hold int64
	var raw []byte
	err := m.Pool.QueryRow(ctx, `SELECT p.scan_id, p.page, p.parts, coalesce(h.id, 0) FROM scan_pages p JOIN scans s ON s.id = p.scan_id
		LEFT JOIN holds h ON h.reference = p.answer WHERE p.id = @id AND (@region = '' OR s.region_code = @region OR h.id IS NOT NULL)`,
		pgx.NamedArgs{"id": page, "region": by.Region}).Scan(&s, &n, &raw, &hold)
	if err != nil {
		return nil, orAbsent(err, "page")
	}
	if _, _, err := m.Scan(ctx, by, s); fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.NotFound, "There is no such page.")
	} else if err != nil {
		return nil, err
	}
	if err := m.Register.LookedAt(ctx, by, "scan page", fmt.Sprint(page), "to key or check an answer"); err != nil {
		return nil, err
	}
	f, err := m.scanFile(ctx, s)
	if err != nil {
		return nil, err
	}
	key, err := f.pictureKey(n)
	if err != nil {
		return nil, err
	}
	r, err := m.Archive.ReadSealed(ctx, f.pictureName(n), key, 0, -1)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	whole, err := io.ReadAll(io.LimitReader(r, 32<<20))
	if err != nil {
		return nil, fmt.Errorf("read picture of a page: %w", err)
	}
	var parts map[string]part
	if err := json.Unmarshal(raw, &parts); err != nil {
		return nil, fmt.Errorf("read parts of a page: %w", err)
	}
	p, ok := parts[which]
	if !ok {
		return whole, nil
	}
	return cutOut(whole, p)
}

func cutOut(whole []byte, p part) ([]byte, error) {
	img, err := jpeg.Decode(bytes.NewReader(whole))
	if err != nil {
		return nil, fmt.Errorf("read picture of a page: %w", err)
	}
	sub, ok := img.(interface {
		SubImage(image.Rectangle) image.Image
	})
	if !ok {
		return whole, nil
	}
	px := func(mm float64) int { return int(mm * scan.PixelsPerMM) }
	var out bytes.Buffer
	if err := jpeg.Encode(&out, sub.SubImage(image.Rect(px(p.X0), px(p.Y0), px(p.X1), px(p.Y1))), &jpeg.Options{Quality: 80}); err != nil {
		return nil, fmt.Errorf("cut a picture: %w", err)
	}
	return out.Bytes(), nil
}
