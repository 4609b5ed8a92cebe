package static_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"duenotice/campaigns/fault"
	"duenotice/ui/static"
)

// sharedCache is where tests of this program keep the build between runs.
func sharedCache(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil && os.Getenv("CI") == "" {
		t.Skip("npm is not installed, so the assets cannot be built")
	}
	home, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(home, "duenotice-assets")
}

func TestAssetsAreBuiltOnceByProcessesThatStartTogether(t *testing.T) {
	dir := sharedCache(t)
	var mu sync.Mutex
	var said []string
	log := func(s string) { mu.Lock(); defer mu.Unlock(); said = append(said, s) }
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if _, err := static.Load(t.Context(), dir, log); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	builds := 0
	for _, s := range said {
		if strings.HasPrefix(s, "Building") {
			builds++
		}
	}
	if builds > 1 {
		t.Fatalf("built %d times: %q", builds, said)
	}
	said = nil
	if _, err := static.Load(t.Context(), dir, log); err != nil || len(said) != 0 {
		t.Fatalf("a second start built again: %q, %v", said, err)
	}
}

func load(t *testing.T) *static.Assets {
	t.Helper()
	assets, err := static.Load(t.Context(), sharedCache(t), func(s string) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	return assets
}

func TestAnAssetIsFoundAtItsOwnAddressOnly(t *testing.T) {
	assets := load(t)
	address := assets.URL("app.css")
	f, ok := assets.Find(address)
	if !ok || f.ContentType != "text/css; charset=utf-8" || len(f.Brotli) == 0 || len(f.Gzip) == 0 {
		t.Fatalf("%s: found %v, %s", address, ok, f.ContentType)
	}
	for _, wrong := range []string{"/assets/app.css", "/assets/000000000000/app.css", address + "/../../x", address + "x", strings.TrimSuffix(address, "app.css") + "sources.sum"} {
		if _, ok := assets.Find(wrong); ok {
			t.Errorf("%s was found", wrong)
		}
	}
}

func TestNoAssetAsksAnotherHost(t *testing.T) {
	assets := load(t)
	for _, name := range []string{"app.css", "app.js"} {
		f, ok := assets.Find(assets.URL(name))
		if !ok || len(f.Body) == 0 {
			t.Fatalf("%s is missing", name)
		}
		if strings.Contains(string(f.Body), "//assets.nhs.uk") || strings.Contains(string(f.Body), "url(http") {
			t.Errorf("%s asks another host", name)
		}
	}
}

func TestTheLockFileNamesNoHostToFetchFrom(t *testing.T) {
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(lock), `"resolved"`) {
		t.Fatal("package-lock.json names the host a package came from; install with --omit-lockfile-registry-resolved")
	}
	if !strings.Contains(string(lock), `"integrity"`) {
		t.Fatal("package-lock.json holds no checksums")
	}
}

func TestAMissingNpmIsASentenceThatSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := static.Load(t.Context(), t.TempDir(), func(string) {})
	if err == nil {
		t.Skip("this build carries its assets")
	}
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "Node.js") {
		t.Fatalf("got %v", err)
	}
}
