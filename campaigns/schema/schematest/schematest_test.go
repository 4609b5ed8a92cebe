package schematest_test

import (
	"context"
	"testing"

	"duenotice/campaigns/schema"
	"duenotice/campaigns/schema/schematest"
)

func TestEachTestHasADatabaseOfItsOwnWithTheWholeSchema(t *testing.T) {
	ctx := context.Background()
	a, b := schematest.New(t), schematest.New(t)
	if a.Name == b.Name {
		t.Fatalf("both tests got %s", a.Name)
	}
	for _, db := range []*schematest.DB{a, b} {
		have, want, err := schema.Current(ctx, db.Public)
		if err != nil || have != want || want == 0 {
			t.Errorf("schema %d of %d: %v", have, want, err)
		}
		var who string
		if err := db.App.QueryRow(ctx, `SELECT current_user`).Scan(&who); err != nil || who != schema.App {
			t.Errorf("app is %q: %v", who, err)
		}
	}
}

func BenchmarkClone(b *testing.B) {
	schematest.New(b)
	for b.Loop() {
		if err := schematest.New(b).App.Ping(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
