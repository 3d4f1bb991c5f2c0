package disk_test

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/internal/disk"
)

func TestMeasure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "target")
	for _, content := range []string{"", "a", strings.Repeat("large", 100_000)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := disk.Measure(t.Context(), path)
		if err != nil || m.Size != int64(len(content)) || [32]byte(m.SHA256) != sha256.Sum256([]byte(content)) || [64]byte(m.SHA512) != sha512.Sum512([]byte(content)) {
			t.Errorf("%d bytes are measured as %+v, %v", len(content), m, err)
		}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := disk.Measure(over, path); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: %v", err)
	}
	if _, err := disk.Measure(t.Context(), path+"x"); err == nil {
		t.Error("what is not there is measured")
	}
	if _, err := disk.Measure(t.Context(), os.DevNull); !errors.Is(err, disk.ErrNotFile) {
		t.Errorf("a device is measured: %v", err)
	}
}
