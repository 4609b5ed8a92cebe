package optout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"duenotice/optout/gate"
)

// Evidence is why a record was allowed: the facts as they were locked, and the
// nine answers.
//
// It is kept in two parts. What people share who hang on the same things and
// were asked about together is written once, as circumstances; each record's
// own part names them by their checksum, and is itself kept with its checksum.
// So that of the record vouches for all of it.
type Evidence struct {
	Facts   gate.Facts     `json:"facts"`
	Clauses [9]gate.Clause `json:"clauses"`
}

// ownPart is the part of one record.
type ownPart struct {
	Circumstances string    `json:"circumstances"` // the SHA-256 of the other part, in hexadecimal digits
	Facts         gate.Case `json:"facts"`
}

// sharedPart is the part of all those who share it.
type sharedPart struct {
	Facts   gate.Circumstances `json:"facts"`
	Clauses [9]gate.Clause     `json:"clauses"`
}

// evidence is the own part as it is kept, with the circumstances it names.
type evidence struct {
	circumstances uuid.UUID
	own           json.RawMessage
	sum           [sha256.Size]byte
}

// evidenceBook writes the evidence of people who were asked about together.
type evidenceBook struct {
	shared map[string]sharedRow
	rows   []sharedRow
	key    []byte
}

type sharedRow struct {
	id   uuid.UUID
	body json.RawMessage
	sum  string
}

// of writes one record's evidence.
func (k *evidenceBook) of(a asked) (evidence, error) {
	k.key = append(k.key[:0], a.ties...)
	for _, c := range a.verdict.Clauses { // all are met
		k.key = append(append(k.key, '\n'), c.Says...)
	}
	shared, known := k.shared[string(k.key)]
	if !known {
		body, err := json.Marshal(sharedPart{a.facts.Circumstances, a.verdict.Clauses})
		if err != nil {
			return evidence{}, fmt.Errorf("write circumstances: %w", err)
		}
		sum := sha256.Sum256(body)
		shared = sharedRow{uuid.Must(uuid.NewV7()), body, hex.EncodeToString(sum[:])}
		if k.shared == nil {
			k.shared = map[string]sharedRow{}
		}
		k.shared[string(k.key)] = shared
		k.rows = append(k.rows, shared)
	}
	own, err := json.Marshal(ownPart{shared.sum, a.facts.Case})
	if err != nil {
		return evidence{}, fmt.Errorf("write evidence: %w", err)
	}
	return evidence{shared.id, own, sha256.Sum256(own)}, nil
}

// keep writes the circumstances down.
func (k *evidenceBook) keep(ctx context.Context, tx pgx.Tx) error {
	if len(k.rows) == 0 {
		return nil
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"circumstances"}, []string{"id", "body"}, pgx.CopyFromSlice(len(k.rows), func(i int) ([]any, error) {
		return []any{k.rows[i].id, k.rows[i].body}, nil
	}))
	if err != nil {
		return fmt.Errorf("write circumstances: %w", err)
	}
	return nil
}

// wholeEvidence puts the two parts together again, and tells whether they are
// as they were kept: the own part has its checksum, and the other the one that
// the own part names.
func wholeEvidence(own, shared json.RawMessage, sum []byte) (whole Evidence, right bool, err error) {
	var mine ownPart
	if err := json.Unmarshal(own, &mine); err != nil {
		return whole, false, fmt.Errorf("read evidence: %w", err)
	}
	var theirs sharedPart
	if err := json.Unmarshal(shared, &theirs); err != nil {
		return whole, false, fmt.Errorf("read circumstances: %w", err)
	}
	is, other := sha256.Sum256(own), sha256.Sum256(shared)
	right = string(is[:]) == string(sum) && mine.Circumstances == hex.EncodeToString(other[:])
	return Evidence{gate.Facts{Case: mine.Facts, Circumstances: theirs.Facts}, theirs.Clauses}, right, nil
}
