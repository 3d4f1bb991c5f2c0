package notary_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// selfSigned makes a certificate, in PEM form, that begins an hour before during.
func selfSigned(t *testing.T, k notarytest.Key, name string, ca bool, until time.Time) []byte {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: during.Add(-2 * time.Hour), NotAfter: until,
		BasicConstraintsValid: true, IsCA: ca,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Private.Public(), k.Private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func authority(t *testing.T, name string, until time.Time) []byte {
	return selfSigned(t, notarytest.NewKey(), name, true, until)
}

// However somebody hands a certificate over, it is listed as Notary would write it.
func TestHandedOverCertificates(t *testing.T) {
	leaf := selfSigned(t, notarytest.NewKey(), string(gun), false, during.Add(time.Hour))
	issuer := authority(t, "issuer", during.Add(time.Hour))
	block, _ := pem.Decode(leaf)
	join := func(parts ...string) []byte { return []byte(strings.Join(parts, "")) }
	tests := []struct {
		name     string
		in, want []byte
		refused  string
	}{
		{name: "as Notary writes it", in: leaf, want: leaf},
		{name: "with what openssl x509 -text prints", in: join("Certificate:\n    Data:\n        Version: 3 (0x2)\n", string(leaf)), want: leaf},
		{name: "with CRLF", in: bytes.ReplaceAll(leaf, []byte("\n"), []byte("\r\n")), want: leaf},
		{name: "without a final newline", in: bytes.TrimSpace(leaf), want: leaf},
		{name: "with headers", in: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Headers: map[string]string{"a": "b"}, Bytes: block.Bytes}), want: leaf},
		{name: "beside its public key", in: join("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", string(leaf)), want: leaf},
		{name: "behind its issuer", in: join(string(issuer), string(leaf)), want: join(string(leaf), string(issuer))},
		{name: "of an authority alone", in: issuer, want: issuer},
		{name: "nothing", in: []byte("no certificate"), refused: "there is no certificate"},
		{name: "two of them", in: join(string(leaf), string(leaf)), refused: "2 certificates"},
		{name: "a private key", in: join(string(leaf), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), refused: "private key"},
		{name: "broken", in: join(string(leaf), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), refused: "parse certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, err := notary.Certified(tt.in)
			switch {
			case tt.refused != "":
				if err == nil || !strings.Contains(err.Error(), tt.refused) {
					t.Errorf("%v", err)
				}
			case err != nil || !bytes.Equal(k.Public, tt.want):
				t.Errorf("%v\n%s", err, k.Public)
			}
		})
	}
}

// Only a root certificate must not be an authority's.
func TestAuthorityAsSigner(t *testing.T) {
	k, err := notary.Certified(authority(t, string(gun), during.Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	if err := notary.CheckKey(k, "", during); err != nil {
		t.Errorf("as a signer: %v", err)
	}
	if err := notary.CheckKey(k, gun, during); err == nil || !strings.Contains(err.Error(), "is a CA's") {
		t.Errorf("as a root: %v", err)
	}
}
