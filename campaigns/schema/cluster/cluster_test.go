package cluster

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// visiting makes this test program a demo that uses the folder it names
// until it is killed.
const visiting = "DUENOTICE_TEST_VISITOR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(visiting); dir != "" {
		c, err := Open(context.Background(), Options{Dir: dir, Disposable: true})
		if err == nil {
			err = c.Claim("demo")
		}
		fmt.Println("visiting", err)
		time.Sleep(time.Minute)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// visit runs a second process on the folder and returns when it is in.
func visit(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), visiting+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // as a shell gives each command
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "visiting <nil>\n" {
		t.Fatalf("the other process says %q: %v", line, err)
	}
	return cmd
}

// folder is a temporary one that the server's user may pass; t.TempDir's are
// closed.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cluster-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

func join(t *testing.T, dir string) *Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := Open(ctx, Options{Dir: dir, Disposable: true})
	if err != nil {
		if f := fault.Of(err); f != nil && strings.Contains(f.Sentence, "no PostgreSQL") {
			t.Skip(f.Sentence)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Release(context.Background()) })
	return c
}

func leave(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Release(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func running(t *testing.T, c *Cluster) bool {
	t.Helper()
	ready, _ := c.ping(context.Background())
	free, err := c.aliveLock()
	if err != nil {
		t.Fatal(err)
	}
	if free != nil {
		free.free()
	}
	if ready == (free != nil) {
		t.Fatalf("the server answers: %v, and its lock is free: %v", ready, free != nil)
	}
	return ready
}

func TestManyStartOneServerAndTheLastToLeaveStopsIt(t *testing.T) {
	dir := folder(t)
	var all sync.WaitGroup
	users := make([]*Cluster, 5)
	for i := range users {
		all.Go(func() {
			c, err := Open(context.Background(), Options{Dir: dir, Disposable: true})
			if err != nil {
				t.Error(err)
				return
			}
			users[i] = c
		})
	}
	all.Wait()
	pid := users[0].pid()
	for i, c := range users {
		if c == nil || c.pid() != pid || !running(t, c) {
			t.Fatalf("user %d does not use the server %d", i, pid)
		}
		leave(t, c)
	}
	if running(t, users[0]) {
		t.Error("the last left and the server runs on")
	}
	again := join(t, dir)
	if again.pid() == pid {
		t.Error("the server was not started anew")
	}
	leave(t, again)
}

func TestAServerKilledHardIsRecoveredWithEverythingCommitted(t *testing.T) {
	ctx := context.Background()
	dir := folder(t)
	c, err := Open(ctx, Options{Dir: dir}) // the careful kind
	if err != nil {
		t.Skip(err)
	}
	if err := c.EnsureDatabase(ctx, "duenotice"); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, c.URL(Owner, "duenotice"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `CREATE TABLE kept AS SELECT 42 AS n`); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(c.pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	again := join(t, dir)
	if again.disposable() {
		t.Fatal("an option made light of a database that was to be kept")
	}
	if err := again.EnsureDatabase(ctx, "duenotice"); err != nil {
		t.Fatal(err)
	}
	conn, err = pgx.Connect(ctx, again.URL(Owner, "duenotice"))
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := conn.QueryRow(ctx, `SELECT n FROM kept`).Scan(&n); err != nil || n != 42 {
		t.Errorf("read %d: %v", n, err)
	}
	_ = conn.Close(ctx)
	leave(t, again)
	leave(t, c)
	if running(t, c) {
		t.Error("the server runs on")
	}
}

func TestAProcessIdThatSomebodyElseHasNowKeepsNothingFromStarting(t *testing.T) {
	dir := folder(t)
	c := join(t, dir)
	leave(t, c)
	stale := fmt.Sprintf("%d\n%s\n1\n%s\n%s\n\n", os.Getppid(), c.data, port, c.socket)
	if err := os.WriteFile(filepath.Join(c.data, "postmaster.pid"), []byte(stale), 0o644); err != nil {
		t.Fatal(err)
	}
	leave(t, join(t, dir))
}

func TestASecondDemoOrServeIsRefusedByName(t *testing.T) {
	dir := folder(t)
	demo := visit(t, dir)
	c := join(t, dir)
	for name, want := range map[string]string{
		"demo":  fmt.Sprintf("Another demo is already running on this folder (process %d).", demo.Process.Pid),
		"serve": fmt.Sprintf("A demo is already running on this folder (process %d), so serve cannot start.", demo.Process.Pid),
	} {
		err := c.Claim(name)
		if f := fault.Of(err); f == nil || f.Kind != fault.Conflict || !strings.HasPrefix(f.Sentence, want) {
			t.Errorf("got %v, wanted %s", err, want)
		}
	}
	if err := demo.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = demo.Wait()
	if err := c.Claim("serve"); err != nil {
		t.Errorf("the killed demo still holds its claim: %v", err)
	}
	if !running(t, c) {
		t.Error("the killed demo took the server with it")
	}
	leave(t, c)
	if running(t, c) {
		t.Error("the killed demo still counts as a user")
	}
}

func TestAServerWhoseLastUserWasKilledIsJoinedOrRetired(t *testing.T) {
	dir := folder(t)
	for _, how := range []string{"joined", "retired"} {
		only := visit(t, dir)
		// Ctrl-C goes to everything the command started, but not to the server.
		if err := syscall.Kill(-only.Process.Pid, syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		_ = only.Wait()
		c := &Cluster{options: Options{Dir: dir}}
		if err := c.enter(); err != nil {
			t.Fatal(err)
		}
		if !running(t, c) {
			t.Fatal("Ctrl-C stopped the server too")
		}
		if how == "joined" {
			leave(t, join(t, dir))
		} else if err := Retire(context.Background(), dir); err != nil {
			t.Fatal(err)
		}
		if running(t, c) {
			t.Errorf("%s, the server runs on", how)
		}
	}
}

func TestALongFolderGetsAShortSocketAndPrivateFiles(t *testing.T) {
	dir := filepath.Join(folder(t), strings.Repeat("a-long-name-", 8), "with spaces & signs?")
	c := join(t, dir)
	if len(c.socket) > 80 || !running(t, c) {
		t.Errorf("the socket is in %s", c.socket)
	}
	for _, folder := range []string{c.socket, c.data} {
		info, err := os.Stat(folder)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", folder, info.Mode(), err)
		}
	}
	leave(t, c)
	if _, err := os.Stat(c.socket); !os.IsNotExist(err) {
		t.Errorf("the socket's folder stays: %v", err)
	}
}

func TestADisposableServerThatWillNotStartIsMadeAnew(t *testing.T) {
	dir := folder(t)
	c := join(t, dir)
	leave(t, c)
	if err := os.Remove(filepath.Join(c.data, "global", "pg_control")); err != nil {
		t.Fatal(err)
	}
	leave(t, join(t, dir))
}

func TestAFolderClosedToTheServersUserIsNamed(t *testing.T) {
	if k, err := findKeeper(filepath.Join(folder(t), "postgres")); err != nil || !k.lent {
		t.Skip("only root lends the server to another user")
	}
	closed := filepath.Join(folder(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), Options{Dir: filepath.Join(closed, "data")})
	if f := fault.Of(err); f == nil || !strings.HasPrefix(f.Sentence, "The folder "+closed+" is closed to the user ") {
		t.Errorf("got %v", err)
	}
}

func TestADatabaseOfAVersionThatIsGoneIsExplained(t *testing.T) {
	dir := folder(t)
	if err := os.Mkdir(filepath.Join(dir, "postgres"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "postgres", "PG_VERSION"), []byte("13\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), Options{Dir: dir})
	if f := fault.Of(err); f == nil || !strings.Contains(f.Sentence, "was made by PostgreSQL 13") {
		t.Errorf("got %v", err)
	}
}
