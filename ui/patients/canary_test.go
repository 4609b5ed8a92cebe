package patients_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"duenotice/optout"
)

// A code that was typed, rightly and wrongly, is nowhere afterwards: in no
// row, no log, no address, no cookie that can be read.
func TestACodeThatWasTypedIsNowhereAfterwards(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.say("no").reads("/done")
	addresses := []string{p.path}
	for range 6 {
		q := h.try(t, h.code, "18", bornMonth, bornYear)
		addresses = append(addresses, q.header.Get("Location"), fmt.Sprint(q.header["Set-Cookie"]))
	}
	h.try(t, h.other, bornDay, bornMonth, bornYear)
	h.try(t, h.code[:15]+"!", bornDay, bornMonth, bornYear)
	p.get("/o?code=" + h.code)
	p.get("/o/" + h.code)
	if n := h.count(t, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`); n < 40 {
		t.Fatalf("%d tables are looked through", n)
	}
	rows, err := h.db.Owner.Query(t.Context(), `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	for _, code := range []string{h.code, h.other} {
		for _, written := range []string{code, strings.ToLower(code), optout.GroupCode(code), hex.EncodeToString([]byte(code)), code[:8]} {
			for _, table := range tables {
				var n int
				err := h.db.Owner.QueryRow(t.Context(), `SELECT count(*) FROM `+table+` t WHERE strpos(t::text, $1) > 0`, written).Scan(&n)
				if err != nil || n > 0 {
					t.Errorf("%d rows of %s hold a code: %v", n, table, err)
				}
			}
			for _, a := range append(addresses, h.logs.String()) {
				if strings.Contains(a, written) {
					t.Errorf("a code is in %s", a)
				}
			}
		}
	}
}
