package letters

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

const (
	answerKept = 30 * 24 * time.Hour
	// A request that has no answer after this long died with its process.
	// Everything that can be asked is safe to repeat.
	requestDies = 2 * time.Minute
)

// Once does what a request asks, once: its repetition within 30 days, under the
// same key, gets the first answer, with replayed true. The same key with
// another request is a fault.Conflict. An answer that is an error is not kept,
// so that the request can be sent again.
func (m *Mailroom) Once(ctx context.Context, vendor VendorID, key string, requestSHA []byte, do func() (status int, contentType string, body []byte, err error)) (status int, contentType string, body []byte, replayed bool, err error) {
	if key == "" || len(key) > 255 {
		return 0, "", nil, false, fault.New(fault.Invalid, "Give each request an Idempotency-Key of 1 to 255 characters.")
	}
	now := m.Clock()
	args := pgx.NamedArgs{"vendor": vendor, "key": key, "sha": requestSHA, "now": now, "gone": now.Add(-answerKept), "dead": now.Add(-requestDies)}
	tag, err := m.Pool.Exec(ctx, `
		INSERT INTO idempotency_keys AS k (vendor_id, key, request_sha256, status, body, content_type, at) VALUES (@vendor, @key, @sha, 0, '', '', @now)
		ON CONFLICT (vendor_id, key) DO UPDATE SET request_sha256 = @sha, status = 0, body = '', content_type = '', at = @now
		WHERE k.at < @gone OR k.status = 0 AND k.request_sha256 = @sha AND k.at < @dead`, args)
	if err != nil {
		return 0, "", nil, false, fmt.Errorf("claim request: %w", err)
	}
	if tag.RowsAffected() == 0 {
		var sha []byte
		err := m.Pool.QueryRow(ctx, `SELECT request_sha256, status, content_type, body FROM idempotency_keys WHERE vendor_id = @vendor AND key = @key`, args).
			Scan(&sha, &status, &contentType, &body)
		switch {
		case errors.Is(err, pgx.ErrNoRows): // the first one failed just now
			return 0, "", nil, false, fault.New(fault.Unavailable, "The same request has just failed. Send it again.")
		case err != nil:
			return 0, "", nil, false, fmt.Errorf("read first answer: %w", err)
		case !bytes.Equal(sha, requestSHA):
			return 0, "", nil, false, fault.New(fault.Conflict, "This Idempotency-Key was used for another request.")
		case status == 0:
			return 0, "", nil, false, fault.New(fault.Unavailable, "The same request is being worked on. Ask again in a moment.")
		}
		return status, contentType, body, true, nil
	}
	status, contentType, body, err = do()
	// The answer belongs to what was done, even when the caller has gone.
	after := context.WithoutCancel(ctx)
	if err != nil {
		if _, gone := m.Pool.Exec(after, `DELETE FROM idempotency_keys WHERE vendor_id = @vendor AND key = @key AND status = 0 AND request_sha256 = @sha`, args); gone != nil {
			err = errors.Join(err, fmt.Errorf("let go of request: %w", gone))
		}
		return 0, "", nil, false, err
	}
	if body == nil {
		body = []byte{}
	}
	_, err = m.Pool.Exec(after, `
		UPDATE idempotency_keys SET status = @status, content_type = @type, body = @body
		WHERE vendor_id = @vendor AND key = @key AND status = 0 AND request_sha256 = @sha`,
		pgx.NamedArgs{"status": status, "type": contentType, "body": body, "vendor": vendor, "key": key, "sha": requestSHA})
	if err != nil {
		return 0, "", nil, false, fmt.Errorf("keep first answer: %w", err)
	}
	return status, contentType, body, false, nil
}

// Forget removes the answers kept for repetitions for longer than they are
// honoured, and destroys the keys of batches whose time has come.
func (m *Mailroom) Forget(ctx context.Context) error {
	_, err := m.Pool.Exec(ctx, `DELETE FROM idempotency_keys WHERE at < @gone`, pgx.NamedArgs{"gone": m.Clock().Add(-answerKept)})
	if err != nil {
		return fmt.Errorf("forget repetitions: %w", err)
	}
	_, err = m.DestroyKeys(ctx)
	return err
}
