package cluster

import (
	"context"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestAServerKilledUnderItsUsersIsBroughtBackByThem(t *testing.T) {
	dir := folder(t)
	one, two := join(t, dir), join(t, dir)
	watch, end := context.WithCancel(t.Context())
	var kept sync.WaitGroup
	for _, c := range []*Cluster{one, two} {
		kept.Go(func() { c.Keep(watch) })
	}
	for range 2 {
		before := one.pid()
		if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for until := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			if ready, _ := two.ping(t.Context()); ready && one.pid() != before {
				break
			}
			if time.Now().After(until) {
				t.Fatal("the server did not come back")
			}
		}
	}
	end()
	kept.Wait()
	leave(t, one)
	leave(t, two)
	if running(t, two) {
		t.Error("the server runs on after the last has left")
	}
}
