package letters

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pkg/sftp"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

const dropSelect = `SELECT d.vendor_id, v.code, v.name, d.address, d.account, d.folder, d.host_key, coalesce(d.stopped_at, '0001-01-01Z'), d.next_at, d.attempts,
	coalesce(d.went_well_at, '0001-01-01Z'), d.said FROM vendor_drops d JOIN vendors v ON v.id = d.vendor_id `

// DropOf finds the server to which a vendor's batches are brought; a vendor who
// fetches them has none (fault.NotFound).
func (m *Mailroom) DropOf(ctx context.Context, vendor VendorID) (Drop, error) {
	rows, err := m.Pool.Query(ctx, dropSelect+`WHERE d.vendor_id = @id AND d.stopped_at IS NULL`, pgx.NamedArgs{"id": vendor})
	if err != nil {
		return Drop{}, fmt.Errorf("read drop: %w", err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Drop])
	return d, orAbsent(err, "server of this vendor")
}

// SetDrop says to which server a vendor's batches are brought from now on, and
// by which key of its own it is recognised; an empty address ends it.
func (m *Mailroom) SetDrop(ctx context.Context, by campaigns.Viewer, d Drop, hostKey string) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	ends := strings.TrimSpace(d.Address) == ""
	if !ends {
		if err := d.tidy(hostKey); err != nil {
			return err
		}
	}
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		args := pgx.NamedArgs{"id": d.Vendor, "address": d.Address, "account": d.Account, "folder": d.Folder, "key": d.HostKey, "now": now}
		if ends {
			tag, err := tx.Exec(ctx, `UPDATE vendor_drops SET stopped_at = @now WHERE vendor_id = @id AND stopped_at IS NULL`, args)
			return m.changed(ctx, tx, now, by, max(tag.RowsAffected(), 1), err, "stop bringing batches", d.Vendor, nil)
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO vendor_drops (vendor_id, address, account, folder, host_key, set_at, next_at) SELECT v.id, @address, @account, @folder, @key, @now, @now FROM vendors v WHERE v.id = @id
			ON CONFLICT (vendor_id) DO UPDATE SET address = @address, account = @account, folder = @folder, host_key = @key, set_at = @now, next_at = @now, attempts = 0, stopped_at = NULL, said = ''`, args)
		return m.changed(ctx, tx, now, by, tag.RowsAffected(), err, "bring batches to a server", d.Vendor, nil)
	})
	if err != nil {
		return err
	}
	p, err := m.profileOf(ctx, d.Vendor)
	if err != nil {
		return err
	}
	return m.Register.Watched(ctx, dropAlarm, "vendor:"+p.Code, "") // somebody has looked
}

// BringBatches visits the servers that are due: it brings what is new, fetches
// answers and leaves their results. One server that fails is tried again later
// and holds up no other.
func (m *Mailroom) BringBatches(ctx context.Context) error {
	rows, err := m.Pool.Query(ctx, dropSelect+`WHERE d.stopped_at IS NULL AND d.next_at <= @now ORDER BY d.next_at`, pgx.NamedArgs{"now": m.Clock()})
	if err != nil {
		return fmt.Errorf("list drops: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Drop])
	if err != nil {
		return fmt.Errorf("list drops: %w", err)
	}
	for _, d := range list {
		if err := m.visitDrop(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// visitDrop visits one server and writes down how that went. An error is one
// of ours; what goes wrong at the server is a row and, in time, an alarm.
func (m *Mailroom) visitDrop(ctx context.Context, d Drop) error {
	failure := m.serveDrop(ctx, d)
	if ctx.Err() != nil {
		return ctx.Err() // cut by us: it goes on where it was
	}
	now := m.Clock()
	args := pgx.NamedArgs{"id": d.Vendor, "now": now, "next": now, "said": "It went well.", "well": failure == nil}
	sentence := ""
	if failure != nil {
		args["said"] = why(failure)
		args["next"] = now.Add(dropWaits[min(d.Attempts, len(dropWaits)-1)])
		if d.Attempts+1 >= dropAlarms || strings.Contains(why(failure), "another key") {
			sentence = fmt.Sprintf("Batches cannot be brought to %s. %s Nothing is lost; it is tried again every hour.", d.VendorName, why(failure))
		}
		m.Log.WarnContext(ctx, "bring batches to a vendor", "vendor", d.Vendor, "error", why(failure))
	}
	_, err := m.Pool.Exec(ctx, `UPDATE vendor_drops SET next_at = @next, said = @said, attempts = CASE WHEN @well THEN 0 ELSE attempts + 1 END,
		went_well_at = CASE WHEN @well THEN @now ELSE went_well_at END WHERE vendor_id = @id`, args)
	if err != nil {
		return fmt.Errorf("write down a visit: %w", err)
	}
	if failure != nil && sentence == "" {
		return nil
	}
	return m.Register.Watched(ctx, dropAlarm, "vendor:"+d.VendorCode, sentence)
}

func (m *Mailroom) serveDrop(ctx context.Context, d Drop) error {
	files, leave, err := m.callDrop(ctx, d)
	if err != nil {
		return err
	}
	defer leave()
	for _, name := range []string{"out", "in", "acks"} {
		if err := files.MkdirAll(path.Join(d.Folder, name)); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
	}
	if err := m.fetchAnswers(ctx, d, files); err != nil {
		return err
	}
	if err := m.bringRecalls(ctx, d, files); err != nil {
		return err
	}
	p, err := m.profileOf(ctx, d.Vendor)
	if err != nil {
		return err
	}
	for _, state := range []string{Sealed, Accepted} {
		var after BatchID
		for {
			list, err := m.Batches(ctx, d.Vendor, BatchFilter{State: state, After: after, Limit: 500})
			if err != nil {
				return err
			}
			if len(list) == 0 {
				break
			}
			for _, b := range list {
				after = b.ID
				if err := m.bringBatch(ctx, d, files, p, b); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// once does something for a subject that was not brought yet, and writes it down.
func (m *Mailroom) once(ctx context.Context, d Drop, subject string, do func() error) error {
	var brought bool
	args := pgx.NamedArgs{"id": d.Vendor, "subject": subject}
	if err := m.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM drop_deliveries WHERE vendor_id = @id AND subject = @subject)`, args).Scan(&brought); err != nil {
		return fmt.Errorf("read deliveries: %w", err)
	}
	if brought {
		return nil
	}
	if err := do(); err != nil {
		return err
	}
	args["now"] = m.Clock()
	if _, err := m.Pool.Exec(ctx, `INSERT INTO drop_deliveries (vendor_id, subject, brought_at) VALUES (@id, @subject, @now) ON CONFLICT DO NOTHING`, args); err != nil {
		return fmt.Errorf("note delivery: %w", err)
	}
	return nil
}

// bringBatch brings the file of a batch, then what it holds: the manifest last.
// One that is held back for now waits for the next visit.
func (m *Mailroom) bringBatch(ctx context.Context, d Drop, files *sftp.Client, p VendorProfile, b Batch) error {
	err := m.once(ctx, d, b.Code, func() error {
		list, err := m.dropFiles(ctx, p, b)
		if err != nil {
			return err
		}
		for _, f := range list {
			if err := bring(ctx, files, path.Join(d.Folder, "out"), f); err != nil {
				return err
			}
		}
		return nil
	})
	if fault.Of(err) != nil {
		return nil
	}
	return err
}

func (m *Mailroom) dropFiles(ctx context.Context, p VendorProfile, b Batch) ([]dropFile, error) {
	list := []dropFile{{b.FileName(), b.PDFBytes, func(ctx context.Context, offset int64) (io.ReadCloser, error) {
		r, _, err := m.PDF(ctx, p.ID, b.Code, offset, -1)
		return r, err
	}}}
	if p.SealKind != "" {
		s, err := m.SealedCopy(ctx, p.ID, b.Code)
		if err != nil {
			return nil, err
		}
		note, err := s.Note()
		if err != nil {
			return nil, err
		}
		list = []dropFile{{s.Name, s.Bytes, func(ctx context.Context, offset int64) (io.ReadCloser, error) {
			return m.OpenSealedCopy(ctx, p.ID, s, offset, -1)
		}}, inMemory(s.Name+".sealed.json", note)}
	}
	for _, kind := range []string{"csv", "json"} {
		text, err := m.ManifestFile(ctx, p.ID, b.Code, kind)
		if err != nil {
			return nil, err
		}
		list = append(list, inMemory(b.ManifestName(kind), text))
	}
	return list, nil
}

// bringRecalls brings the list of what must not be posted, under a name of its
// own each time that it has grown.
func (m *Mailroom) bringRecalls(ctx context.Context, d Drop, files *sftp.Client) error {
	list, err := m.Recalls(ctx, d.Vendor, 0, mostReports)
	if err != nil || len(list) == 0 {
		return err
	}
	name := fmt.Sprintf("recalls-%08d.csv", list[len(list)-1].ID)
	return m.once(ctx, d, name, func() error {
		text, err := writeRecalls(list)
		if err != nil {
			return err
		}
		return bring(ctx, files, path.Join(d.Folder, "out"), inMemory(name, text))
	})
}

// fetchAnswers takes the files of answers that are new or were not whole, and
// leaves the result of each. What may not be a name here is left alone.
func (m *Mailroom) fetchAnswers(ctx context.Context, d Drop, files *sftp.Client) error {
	there, err := files.ReadDir(path.Join(d.Folder, "in"))
	if err != nil {
		return fmt.Errorf("look for answers: %w", err)
	}
	known := map[string]VendorFile{}
	before, err := m.VendorFiles(ctx, d.Vendor)
	if err != nil {
		return err
	}
	for _, f := range before {
		known[f.Name] = f
	}
	for _, f := range there {
		name := f.Name()
		if !f.Mode().IsRegular() || !AnswerName(name) || strings.HasSuffix(name, ".part") || f.Size() > MostAnswer {
			continue
		}
		if k, ok := known[name]; !ok || k.WholeAt.IsZero() && int64(k.Bytes) != f.Size() {
			content, err := readAll(files, path.Join(d.Folder, "in", name))
			if err != nil {
				return err
			}
			if err := m.LeaveFile(ctx, d.Vendor, name, content); err != nil && fault.Of(err) == nil {
				return err
			}
		}
		result, err := m.ReadVendorFile(ctx, d.Vendor, name, true)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := bring(ctx, files, path.Join(d.Folder, "acks"), inMemory(strings.TrimSuffix(name, ".csv")+".result.csv", result)); err != nil {
			return err
		}
	}
	return nil
}

func readAll(files *sftp.Client, at string) ([]byte, error) {
	f, err := files.Open(at)
	if err != nil {
		return nil, fmt.Errorf("fetch answers: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, MostAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("fetch answers: %w", err)
	}
	return content, nil
}
