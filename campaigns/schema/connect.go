package schema

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Connect opens a pool the way every part of the product does: its sessions
// are in UTC and so is every moment they read; calendar.Date and slices of it
// go to and from date columns, parameters and COPY; a statement may take as
// long as its context allows. It does not wait for the server: the first use
// says when there is none.
func Connect(ctx context.Context, url string, configure ...func(*pgxpool.Config)) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// What ParseConfig says may quote the password.
		return nil, fmt.Errorf("the database's address cannot be read")
	}
	params := config.ConnConfig.RuntimeParams
	if params["application_name"] == "" {
		params["application_name"] = "duenotice"
	}
	params["timezone"] = "UTC"
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		register(conn.TypeMap())
		return nil
	}
	for _, c := range configure {
		c(config)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database pool: %w", err)
	}
	return pool, nil
}

// register makes moments come back in UTC, in ranges and arrays too.
func register(types *pgtype.Map) {
	moment := &pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC}}
	window := &pgtype.Type{Name: "tstzrange", OID: pgtype.TstzrangeOID, Codec: &pgtype.RangeCodec{ElementType: moment}}
	for _, t := range []*pgtype.Type{
		moment,
		{Name: "_timestamptz", OID: pgtype.TimestamptzArrayOID, Codec: &pgtype.ArrayCodec{ElementType: moment}},
		window,
		{Name: "_tstzrange", OID: pgtype.TstzrangeArrayOID, Codec: &pgtype.ArrayCodec{ElementType: window}},
	} {
		types.RegisterType(t)
	}
}
