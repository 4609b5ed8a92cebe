package sftp

import (
	"context"
	"io"
	"time"

	"duenotice/campaigns/fault"
	"duenotice/letters"
)

// sealWithin is how long one listing may seal files to the vendor's key; those
// that are not ready then are there at the next.
const sealWithin = 20 * time.Second

// out are the batches that the vendor is to print: of each the PDF first, its
// manifest after it, all of it or nothing.
func (t *tree) out(v letters.Vendor) ([]node, error) {
	p, err := t.door.mailroom.VendorProfile(t.ctx, v.Code)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(t.ctx, sealWithin)
	defer cancel()
	var list []node
	for _, state := range []string{letters.Sealed, letters.Accepted} {
		var after letters.BatchID
		for {
			batches, err := t.door.mailroom.Batches(t.ctx, v.ID, letters.BatchFilter{State: state, After: after, Limit: 500})
			if err != nil {
				return nil, err
			}
			if len(batches) == 0 {
				break
			}
			for _, b := range batches {
				after = b.ID
				files, err := t.batch(ctx, p, b)
				switch {
				case err == nil:
					list = append(list, files...)
				case fault.Of(err) != nil || ctx.Err() != nil && t.ctx.Err() == nil:
					// held back for now, its key is gone, or not sealed to the vendor's key yet
				default:
					return nil, err
				}
			}
		}
	}
	return list, nil
}

// batch are the files of one batch.
func (t *tree) batch(ctx context.Context, p letters.VendorProfile, b letters.Batch) ([]node, error) {
	pdf := node{name: b.FileName(), size: b.PDFBytes, at: b.SealedAt, open: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		r, _, err := t.door.mailroom.PDF(ctx, p.ID, b.Code, offset, length)
		return r, err
	}}
	list := []node{pdf}
	if p.SealKind != "" {
		s, err := t.door.mailroom.SealedCopy(ctx, p.ID, b.Code)
		if err != nil {
			return nil, err
		}
		text, err := s.Note()
		if err != nil {
			return nil, err
		}
		list = []node{{name: s.Name, size: s.Bytes, at: s.MadeAt, open: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
			return t.door.mailroom.OpenSealedCopy(ctx, p.ID, s, offset, length)
		}}, fixed(s.Name+".sealed.json", s.MadeAt, text)}
	}
	for _, kind := range []string{"csv", "json"} {
		n, err := t.manifest(ctx, p.ID, b, kind)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

// manifest is what a batch holds; its size is asked once.
func (t *tree) manifest(ctx context.Context, vendor letters.VendorID, b letters.Batch, kind string) (node, error) {
	n := node{name: b.ManifestName(kind), at: b.SealedAt.Add(time.Second), open: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		content, err := t.door.mailroom.ManifestFile(ctx, vendor, b.Code, kind)
		if err != nil {
			return nil, err
		}
		return node{}.holding(content).open(ctx, offset, length)
	}}
	if size, known := t.door.sizes.Load(n.name); known {
		n.size, _ = size.(int64)
		return n, nil
	}
	content, err := t.door.mailroom.ManifestFile(ctx, vendor, b.Code, kind)
	if err != nil {
		return n, err
	}
	n.size = int64(len(content))
	t.door.sizes.Store(n.name, n.size)
	return n, nil
}
