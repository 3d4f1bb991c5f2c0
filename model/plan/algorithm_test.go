package plan_test

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/model/plan"
	"trustdeck/model/tuf"
)

// initOf makes a repository whose keys are all new, of one algorithm.
func initOf(algorithm model.Algorithm) model.InitRepository {
	one := model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: model.KeyNew, Algorithm: algorithm}}}
	return model.InitRepository{Root: one, Targets: one, Snapshot: one, Timestamp: one}
}

// A key that is to be made is named by its algorithm where that is not the usual one, so that
// no key of a run that was cut off is taken for another; the review warns of clients that do
// not know the algorithm.
func TestNewKeysOfAlgorithms(t *testing.T) {
	for algorithm, want := range map[model.Algorithm]struct {
		symbol, name string
		warns        bool
	}{
		"":              {"new:root", "new root key", false},
		model.ECDSAP256: {"new:root", "new root key", false},
		model.ECDSAP384: {"new:root:ecdsa-p384", "new ECDSA P-384 root key", false},
		model.Ed25519:   {"new:root:ed25519", "new Ed25519 root key", false},
		model.RSA3072:   {"new:root:rsa-3072", "new RSA 3072 root key", false},
		model.MLDSA44:   {"new:root:ml-dsa-44", "new ML-DSA-44 root key", true},
		model.MLDSA65:   {"new:root:ml-dsa-65", "new ML-DSA-65 root key", true},
		model.MLDSA87:   {"new:root:ml-dsa-87", "new ML-DSA-87 root key", true},
	} {
		p, err := plan.Compile([]plan.Request{{Dialect: tuf.Dialect{}, GUN: "file:/r", Changes: []model.Change{initOf(algorithm)}}}, nil, now)
		if err != nil {
			t.Fatalf("%s: %v", algorithm, err)
		}
		part := p.Parts[0]
		if made := part.NewKeys[0]; string(made.Symbol) != want.symbol || made.Name != want.name {
			t.Errorf("%s: %s is %q", algorithm, made.Symbol, made.Name)
		}
		if warned := strings.Join(part.Impact.Warnings, "\n"); strings.Contains(warned, "go-tuf up to 2.4.2 will refuse root: it doesn't know the type of the new key, ML-DSA (T12)") != want.warns {
			t.Errorf("%s: the warnings are %q", algorithm, warned)
		}
		if saved, err := plan.Decode(plan.Encode(p)); err != nil || saved.Digest != p.Digest() {
			t.Errorf("%s: the plan file: %v", algorithm, err)
		}
	}
}

// A key that the clients of a repository do not take is refused before anything is made.
func TestRefusesOtherAlgorithms(t *testing.T) {
	for name, row := range map[string]struct {
		dialect dialect.Writable
		want    string
	}{
		"one that the dialect makes no keys of": {docker.Dialect{}, "no Ed25519 key can be made for it, only ECDSA P-256"},
		"one that nobody knows":                 {tuf.Dialect{}, "no rot13 key can be made for it, only ECDSA P-256, ECDSA P-384"},
	} {
		algorithm := model.Ed25519
		if row.dialect.Name() == model.TUF1 {
			algorithm = "rot13"
		}
		_, err := plan.Compile([]plan.Request{{Dialect: row.dialect, GUN: "docker.io/acme/app", Changes: []model.Change{initOf(algorithm)}}}, nil, now)
		if err == nil || !strings.Contains(err.Error(), row.want) || model.KindOf(err) != model.FaultUsage {
			t.Errorf("%s: %v", name, err)
		}
	}
}
