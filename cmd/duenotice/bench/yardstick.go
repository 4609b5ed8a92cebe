package bench

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Lay makes the yardsticks' tables, as the database's owner; they go with the
// bench's database.
func Lay(ctx context.Context, ownerURL string) error {
	conn, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return fmt.Errorf("lay yardsticks: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, `
		CREATE TABLE bench_people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, nhs_number text NOT NULL UNIQUE, title text, given_names text,
			family_name text, born_on date, address text[], postcode text, practice_code text);
		CREATE TABLE bench_records (id uuid PRIMARY KEY, enrolment_id bigint NOT NULL UNIQUE, created_at timestamptz);
		GRANT SELECT, INSERT ON bench_people, bench_records TO duenotice_app`)
	if err != nil {
		return fmt.Errorf("lay yardsticks: %w", err)
	}
	return nil
}
