package transport_test

import (
	"os"
	"path/filepath"
	"testing"

	"trustdeck/model"
	"trustdeck/remote/transport"
)

func TestDockerTLS(t *testing.T) {
	config := t.TempDir()
	if cfg, err := transport.DockerTLS(config, "notary.example.org:4443"); cfg != nil || err != nil {
		t.Errorf("without a folder: %v, %v", cfg, err)
	}
	for host, folder := range map[string]string{"a.example.org:4443": "a.example.org:4443", "b.example.org:443": "b.example.org"} {
		dir := filepath.Join(config, "tls", folder)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "ca.crt"), []byte("no PEM"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := transport.DockerTLS(config, host)
		check(t, err, model.FaultLocal, filepath.Join(dir, "ca.crt"))
		if err := os.Remove(filepath.Join(dir, "ca.crt")); err != nil {
			t.Fatal(err)
		}
		if cfg, err := transport.DockerTLS(config, host); cfg == nil || err != nil {
			t.Errorf("%s: %v, %v", host, cfg, err)
		}
		if err := os.WriteFile(filepath.Join(dir, "client.cert"), []byte("no PEM"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = transport.DockerTLS(config, host)
		check(t, err, model.FaultLocal, "client.key")
	}
	_, err := transport.TLSFiles{Cert: "only.crt"}.Config()
	check(t, err, model.FaultLocal, "needs both")
}
