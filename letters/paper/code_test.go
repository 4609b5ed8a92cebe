package paper

import (
	"bytes"
	"encoding/ascii85"
	"math/rand/v2"
	"testing"

	"rsc.io/qr/coding"
)

func TestNoSquareHoldsTheMarkAtWhichReadersEndAnImage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	press := &qrPress{}
	parted := 0
	for range 20_000 {
		code := make([]byte, 16)
		for i := range code {
			code[i] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[random.IntN(32)]
		}
		ops, err := press.operators(nil, "https://answer.duenotice.example/o#"+string(code), 20, 20, 30)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Count(ops, []byte("EI")) != 1 {
			t.Fatalf("%q", ops)
		}
		_, data, _ := bytes.Cut(ops, []byte(" ID "))
		data, _, _ = bytes.Cut(data, []byte("~>"))
		if bytes.Contains(data, []byte("\n")) {
			parted++
		}
		back := make([]byte, len(press.bitmap)+8)
		n, _, err := ascii85.Decode(back, data, true)
		if err != nil || !bytes.Equal(back[:n], press.bitmap) {
			t.Fatalf("%q decodes otherwise: %v", data, err)
		}
	}
	if parted == 0 {
		t.Error("none needed parting; the test proves nothing")
	}
}

func TestTheCheckBytesAreThoseOfTheLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	for v := qrSmallest; v <= qrLargest; v++ {
		plan, err := newQRPlan(v)
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			text := make([]byte, 1+random.IntN(plan.capacity/8-3))
			for i := range text {
				text[i] = byte(' ' + random.IntN(90))
			}
			var ours, theirs coding.Bits
			coding.String(text).Encode(&ours, v)
			coding.String(text).Encode(&theirs, v)
			plan.addChecks(&ours)
			theirs.AddCheckBytes(v, coding.Q)
			if !bytes.Equal(ours.Bytes(), theirs.Bytes()) {
				t.Fatalf("version %d, %d characters", v, len(text))
			}
		}
	}
}
