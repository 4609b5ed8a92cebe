package main

import (
	"slices"
	"strings"
	"testing"
)

const story = `{"Action":"start","Package":"duenotice/jobs"}
{"Action":"output","Package":"duenotice/jobs","Test":"TestGood","Output":"=== RUN   TestGood\n"}
{"Action":"output","Package":"duenotice/jobs","Test":"TestGood","Output":"    a_test.go:3: chatter of a passed test\n"}
{"Action":"pass","Package":"duenotice/jobs","Test":"TestGood","Elapsed":0.1}
{"Action":"output","Package":"duenotice/jobs","Test":"TestPage","Output":"=== RUN   TestPage\n"}
{"Action":"output","Package":"duenotice/jobs","Test":"TestPage","Output":"    page_test.go:12: Chromium is not here\n"}
{"Action":"output","Package":"duenotice/jobs","Test":"TestPage","Output":"--- SKIP: TestPage (0.00s)\n"}
{"Action":"skip","Package":"duenotice/jobs","Test":"TestPage","Elapsed":0}
{"Action":"output","Package":"duenotice/jobs","Test":"TestBad","Output":"=== RUN   TestBad\n"}
{"Action":"output","Package":"duenotice/jobs","Test":"TestBad","Output":"    b_test.go:9: two letters were sent\n"}
{"Action":"output","Package":"duenotice/jobs","Test":"TestBad","Output":"--- FAIL: TestBad (0.00s)\n"}
{"Action":"fail","Package":"duenotice/jobs","Test":"TestBad","Elapsed":0}
{"Action":"output","Package":"duenotice/jobs","Output":"FAIL\n"}
{"Action":"output","Package":"duenotice/jobs","Output":"FAIL\tduenotice/jobs\t0.2s\n"}
{"Action":"fail","Package":"duenotice/jobs","Elapsed":0.2}
{"Action":"output","Package":"duenotice/optout","Output":"ok  \tduenotice/optout\t1.5s\n"}
{"Action":"pass","Package":"duenotice/optout","Elapsed":1.5}
{"ImportPath":"duenotice/ui","Action":"build-output","Output":"ui/app.go:7:2: undefined: x\n"}
{"ImportPath":"duenotice/ui","Action":"build-fail"}
{"Action":"output","Package":"duenotice/ui","Output":"FAIL\tduenotice/ui [build failed]\n"}
{"Action":"fail","Package":"duenotice/ui","Elapsed":0,"FailedBuild":"duenotice/ui"}
go: a line that is no event
`

func TestResultsAreReadInPiecesOfAnyLength(t *testing.T) {
	for size := 1; size < len(story); size = size*3 + 1 {
		var shown strings.Builder
		r := newResults(&shown, "")
		for piece := range slices.Chunk([]byte(story), size) {
			if n, err := r.Write(piece); err != nil || n != len(piece) {
				t.Fatalf("write: %d, %v", n, err)
			}
		}
		if want := []string{"jobs TestBad", "ui"}; !slices.Equal(r.failed, want) {
			t.Errorf("failed: %q, want %q", r.failed, want)
		}
		if want := []skip{{"jobs TestPage", "Chromium is not here"}}; !slices.Equal(r.skips, want) {
			t.Errorf("skipped: %q, want %q", r.skips, want)
		}
		if want := []string{"FAIL\tduenotice/jobs\t0.2s", "ok  \tduenotice/optout\t1.5s", "FAIL\tduenotice/ui [build failed]"}; !slices.Equal(r.lines, want) {
			t.Errorf("lines: %q, want %q", r.lines, want)
		}
		for _, line := range []string{"two letters were sent", "undefined: x", "a line that is no event", "   optout pass in 1.5 s"} {
			if !strings.Contains(shown.String(), line) {
				t.Errorf("%q was not shown", line)
			}
		}
		if strings.Contains(shown.String(), "chatter") {
			t.Error("what a passed test said was shown")
		}
	}
}

func TestATestThatNeverEndedIsShownWithItsPackage(t *testing.T) {
	var shown strings.Builder
	r := newResults(&shown, "race: ")
	_, err := r.Write([]byte(`{"Action":"output","Package":"duenotice/jobs","Test":"TestStuck","Output":"panic: test timed out\n"}
{"Action":"fail","Package":"duenotice/jobs","Elapsed":600}
`))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(shown.String(), "panic: test timed out") || !slices.Equal(r.failed, []string{"jobs"}) {
		t.Errorf("shown %q, failed %q", shown.String(), r.failed)
	}
}
