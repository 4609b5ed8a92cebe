package fault

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestAFaultIsFoundUnderWhatWasBeingDone(t *testing.T) {
	err := fmt.Errorf("open windows: %w", fmt.Errorf("dispatch: %w", New(Conflict, "Batch %s was dispatched on %s.", "B7", "20 November 2026")))
	f := Of(err)
	if f == nil {
		t.Fatalf("no fault was found in %v", err)
	}
	if f.Kind != Conflict || f.Sentence != "Batch B7 was dispatched on 20 November 2026." || f.Field != "" {
		t.Errorf("the fault is %+v", *f)
	}
	if f.Error() != f.Sentence {
		t.Errorf("a person would read %q", f.Error())
	}
	if !Is(err, Conflict) || Is(err, Invalid) {
		t.Error("its kind is mistaken")
	}
}

func TestTheOutermostFaultSpeaks(t *testing.T) {
	inner := New(NotFound, "There is no such batch.")
	outer := fmt.Errorf("%w, because %w", New(Refused, "The batch cannot be pulled."), inner)
	if !Is(outer, Refused) || Is(outer, NotFound) {
		t.Errorf("%v is told as %v", outer, Of(outer).Kind)
	}
	if !errors.Is(outer, inner) {
		t.Error("the inner fault was lost")
	}
}

func TestAnOrdinaryErrorIsNoFault(t *testing.T) {
	for _, err := range []error{nil, io.EOF, fmt.Errorf("read cohort: %w", io.ErrUnexpectedEOF)} {
		if Of(err) != nil || Is(err, Invalid) || Is(err, "") {
			t.Errorf("%v was taken for a fault", err)
		}
	}
}

func TestAFaultMayBelongToOneField(t *testing.T) {
	f := In("posted_on", Invalid, "%d%% of the dates are in the future.", 3)
	if f.Field != "posted_on" || f.Kind != Invalid || f.Sentence != "3% of the dates are in the future." {
		t.Errorf("the fault is %+v", *f)
	}
}

func TestTheKindsAreToldApart(t *testing.T) {
	kinds := []Kind{Invalid, NotFound, Conflict, Refused, Unauthenticated, Forbidden, TooMany, Unavailable}
	for i, a := range kinds {
		for j, b := range kinds {
			if Is(New(a, "No."), b) != (i == j) {
				t.Errorf("%q and %q", a, b)
			}
		}
	}
}
