// Bound is the least that a program can do to read repositories: get the files
// that it is told, check one signature of each, decode each once.
//
// Usage: bound CA.pem < list, where each line of the list is a URL and the
// name of the role, and a repository's root comes before its other files,
// which follow it up to the next root.
package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"strings"

	"golang.org/x/sync/errgroup"
)

const parallel = 16

type file struct{ url, role string }

// A metadata file as encoding/json reads it.
type metadata struct {
	Signed     json.RawMessage
	Signatures []struct {
		KeyID string
		Sig   []byte
	}
}

type content struct {
	Keys        map[string]key
	Targets     map[string]entry
	Meta        map[string]entry
	Delegations struct{ Keys map[string]key }
}

type key struct {
	Keytype string
	Keyval  struct{ Public []byte }
}

type entry struct {
	Length int64
	Hashes map[string][]byte
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bound:", err)
		os.Exit(1)
	}
}

func run() error {
	ca, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: parallel, DisableCompression: true,
	}}
	repos, err := readList(os.Stdin)
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(parallel)
	for _, files := range repos {
		group.Go(func() error { return look(client, files) })
	}
	return group.Wait()
}

func readList(r io.Reader) ([][]file, error) {
	var repos [][]file
	scan := bufio.NewScanner(r)
	for scan.Scan() {
		url, role, _ := strings.Cut(scan.Text(), " ")
		if role == "root" {
			repos = append(repos, nil)
		}
		repos[len(repos)-1] = append(repos[len(repos)-1], file{url, role})
	}
	return repos, scan.Err()
}

// look reads the files of one repository: the root first, for its keys, then
// the others in parallel.
func look(client *http.Client, files []file) error {
	keys := map[string]key{}
	if err := read(client, files[0], keys); err != nil {
		return err
	}
	for i, f := range files[1:] {
		if f.role == "targets" {
			if err := read(client, f, keys); err != nil {
				return err
			}
			files = append(files[:i+1:i+1], files[i+2:]...)
			break
		}
	}
	var group errgroup.Group
	group.SetLimit(parallel)
	for _, f := range files[1:] {
		group.Go(func() error { return read(client, f, keys) })
	}
	return group.Wait()
}

// read gets, decodes and checks a file. Root and targets add to keys, which
// nobody else reads meanwhile.
func read(client *http.Client, f file, keys map[string]key) error {
	resp, err := client.Get(f.url)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %w", f.url, resp.Status, err)
	}
	var m metadata
	if err := json.Unmarshal(raw, &m); err != nil {
		return err
	}
	var c content
	if err := json.Unmarshal(m.Signed, &c); err != nil {
		return err
	}
	if f.role == "root" || f.role == "targets" {
		for id, k := range c.Keys {
			keys[id] = k
		}
		for id, k := range c.Delegations.Keys {
			keys[id] = k
		}
	}
	return check(m, keys)
}

// check verifies the first signature. The benchmark's names need no escapes,
// so the bytes of signed are the canonical ones.
func check(m metadata, keys map[string]key) error {
	sig := m.Signatures[0]
	k, ok := keys[sig.KeyID]
	if !ok {
		return fmt.Errorf("no key %s", sig.KeyID)
	}
	public := k.Keyval.Public
	var good bool
	switch k.Keytype {
	case "ed25519":
		good = ed25519.Verify(public, m.Signed, sig.Sig)
	default:
		if block, _ := pem.Decode(public); block != nil {
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return err
			}
			public = cert.RawSubjectPublicKeyInfo
		}
		parsed, err := x509.ParsePKIXPublicKey(public)
		if err != nil {
			return err
		}
		digest := sha256.Sum256(m.Signed)
		half := len(sig.Sig) / 2
		good = ecdsa.Verify(parsed.(*ecdsa.PublicKey), digest[:], new(big.Int).SetBytes(sig.Sig[:half]), new(big.Int).SetBytes(sig.Sig[half:]))
	}
	if !good {
		return fmt.Errorf("a signature by %s does not verify", sig.KeyID)
	}
	return nil
}
