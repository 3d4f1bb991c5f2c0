package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"trustdeck/model"
)

// TLSFiles are the TLS settings that a user gave for a server.
type TLSFiles struct {
	// CA is a PEM file that takes the place of the system's authorities, as
	// with notary's root_ca.
	CA string
	// Cert and Key are the client's certificate; both or none.
	Cert, Key string
	// SkipVerify accepts any certificate; notary's skipTLSVerify.
	SkipVerify bool
}

// Config reads the files.
func (f TLSFiles) Config() (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: f.SkipVerify} //nolint:gosec // the user's own choice, named as such
	if f.CA != "" {
		cfg.RootCAs = x509.NewCertPool()
		if err := addAuthority(cfg.RootCAs, f.CA); err != nil {
			return nil, err
		}
	}
	if f.Cert != "" || f.Key != "" {
		pair, err := loadPair(f.Cert, f.Key)
		if err != nil {
			return nil, err
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

// For gives every host the settings of the files; it is a Config.TLS.
func (f TLSFiles) For(string) (*tls.Config, error) { return f.Config() }

// DockerTLS reads the folder tls/HOST:PORT of Docker's configuration, which is for
// trust servers (notary-v1, 5.5). Without the folder it returns nil.
func DockerTLS(configDir, hostport string) (*tls.Config, error) {
	return TLSFolder(filepath.Join(configDir, "tls"), hostport)
}

// TLSFolder reads the folder HOST:PORT in dir: authorities beside the system's from
// *.crt, client certificates from *.cert with their *.key. Without the folder it
// returns nil.
func TLSFolder(dir, hostport string) (*tls.Config, error) {
	dir = filepath.Join(dir, folderName(hostport))
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) && strings.HasSuffix(hostport, ":443") {
		// Docker names the folder as the URL names the host.
		dir = filepath.Join(filepath.Dir(dir), folderName(strings.TrimSuffix(hostport, ":443")))
		entries, err = os.ReadDir(dir)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil //nolint:nilnil // no settings are no error
	}
	if err != nil {
		return nil, tlsFault(dir, "the folder could not be read", err)
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.RootCAs, err = x509.SystemCertPool(); err != nil {
		cfg.RootCAs = x509.NewCertPool()
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch filepath.Ext(e.Name()) {
		case ".crt":
			if err := addAuthority(cfg.RootCAs, path); err != nil {
				return nil, err
			}
		case ".cert":
			pair, err := loadPair(path, strings.TrimSuffix(path, ".cert")+".key")
			if err != nil {
				return nil, err
			}
			cfg.Certificates = append(cfg.Certificates, pair)
		}
	}
	return cfg, nil
}

// folderName is that of a host's folder. Windows allows no colon in it, and Docker
// leaves it out there.
func folderName(hostport string) string {
	if runtime.GOOS == "windows" {
		return strings.ReplaceAll(hostport, ":", "")
	}
	return hostport
}

func addAuthority(pool *x509.CertPool, path string) error {
	pem, err := os.ReadFile(path)
	if err != nil {
		return tlsFault(path, "the certificate authority could not be read", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return tlsFault(path, "the file contains no PEM certificate", nil)
	}
	return nil
}

func loadPair(cert, key string) (tls.Certificate, error) {
	if cert == "" || key == "" {
		return tls.Certificate{}, tlsFault(cert+key, "a client certificate needs both a certificate file and a key file", nil)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return pair, tlsFault(cert, fmt.Sprintf("the client certificate and its key %s could not be used", key), err)
	}
	return pair, nil
}

func tlsFault(path, text string, err error) *model.Fault {
	if err != nil {
		text += ": " + lastPart(err).Error()
	}
	return &model.Fault{Kind: model.FaultLocal, Subject: path, Text: text, Err: err, Hint: "correct the file or the setting that refers to it"}
}
