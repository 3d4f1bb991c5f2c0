package flows

import (
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/tui/flow"
)

// publicKeys reads the files of an answer; paths are where each of the keys was read
// from. A key that no client would accept at this moment is refused, and so is one that
// is there in two forms.
func publicKeys(f flow.Facts, a flow.Answers, id string) (out []model.PublicKey, paths []string, err error) {
	type origin struct {
		path   string
		listed model.KeyID
	}
	from := map[model.KeyID]origin{}
	for _, path := range a.Values[id] {
		key, err := f.Dialect.ParsePublicFile(a.Files[path])
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		if err := usableNow(f, key, ""); err != nil {
			return nil, nil, refusal(path, err.Error(), "Ask the signer for another key: ECDSA P-256 or RSA of at least 2048 bits, bare or in a certificate that is valid now.")
		}
		bare := f.Dialect.CanonicalID(key)
		other, twice := from[bare]
		switch {
		case !twice:
			from[bare] = origin{path, key.ID}
			out, paths = append(out, key), append(paths, path)
		case other.listed != key.ID:
			return nil, nil, refusal(path, "it contains the key of "+other.path+" in another form", "Give the key once: bare, or in the certificate to list.")
		}
	}
	return out, paths, nil
}

// refusal says why a file cannot be taken.
func refusal(path, text, hint string) error {
	return &model.Fault{Kind: model.FaultUsage, Subject: path, Text: text, Hint: hint}
}

// usableNow says why no client would accept a key at this moment; gun is not empty for a
// root certificate.
func usableNow(f flow.Facts, key model.PublicKey, gun model.GUN) error {
	if f.Now.IsZero() {
		return nil
	}
	return f.Dialect.CheckKey(key, gun, f.Now)
}

// describeKeyFile says which key is in a file of an answer: nothing gets a right to
// sign that was not seen in full.
func describeKeyFile(f flow.Facts, a flow.Answers, path string) []string {
	key, err := f.Dialect.ParsePublicFile(a.Files[path])
	if err != nil {
		return nil
	}
	return describeKey(f, key)
}

// describeCertificate is describeKeyFile for the certificate of a root key.
func describeCertificate(f flow.Facts, a flow.Answers, path string) []string {
	key, err := f.Dialect.Certified(a.Files[path])
	if err != nil {
		return nil
	}
	return describeKey(f, key)
}

func describeKey(f flow.Facts, listed model.PublicKey) []string {
	key := f.Dialect.Describe(listed)
	out := []string{key.Algorithm + ", key ID " + string(key.ID)}
	if listed.ID != key.ID {
		out = append(out, "certificate ID "+string(listed.ID))
	}
	for _, c := range key.Certificates[:min(len(key.Certificates), 1)] {
		out = append(out, "certificate of "+c.Subject+", valid until "+c.NotAfter.Format("2006-01-02"))
	}
	return out
}

// describePrivate says of a key of this machine what is known of it: its ID in full,
// the algorithm where the file is not encrypted or a repository lists the key, and the
// file.
func describePrivate(f flow.Facts, k model.PrivateKey) string {
	algorithm := k.Algorithm
	for _, r := range f.Repositories {
		if r == nil || algorithm != "" {
			continue
		}
		if listed, ok := r.Key(k.ID); ok {
			algorithm = listed.Algorithm
		}
	}
	out := "Key ID " + string(k.ID)
	if algorithm != "" {
		out += ", " + algorithm
	}
	if k.Path != "" {
		out += ", in " + k.Path
	}
	return out + "."
}

// checkCertificate says what is wrong with the certificate of the answer for the root key
// of the repositories.
func checkCertificate(chosen string) func(flow.Facts, flow.Answers) error {
	return func(f flow.Facts, a flow.Answers) error {
		if len(a.Values[certificate]) > 1 {
			return fmt.Errorf("give exactly one certificate")
		}
		path := a.First(certificate)
		key, err := f.Dialect.Certified(a.Files[path])
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, name := range a.Values[repositories] {
			if chosen == rootKey && f.Repositories[name] != nil {
				continue // it is not initialised
			}
			if err := usableNow(f, key, model.GUN(name)); err != nil {
				return refusal(path, fmt.Sprintf("it cannot be used for %s: %v", name, err), "Give a certificate for this repository that is valid now and isn't a CA's. Without one, trustdeck makes it.")
			}
		}
		if id := a.First(chosen); string(f.Dialect.CanonicalID(key)) != id {
			return refusal(path, fmt.Sprintf("it is the certificate of key %s, not of root key %s", f.Dialect.CanonicalID(key), id),
				"Give the certificate issued for this key. Without one, trustdeck makes it.")
		}
		return nil
	}
}

// sameKeys reports whether keys are those with these IDs, in any order.
func sameKeys(f flow.Facts, keys []model.PublicKey, ids []model.KeyID) bool {
	if len(keys) != len(ids) {
		return false
	}
	return !slices.ContainsFunc(keys, func(k model.PublicKey) bool { return !slices.Contains(ids, f.Dialect.CanonicalID(k)) })
}
