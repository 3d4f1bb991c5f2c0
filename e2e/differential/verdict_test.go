package differential

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	canonical "github.com/docker/go/canonical/json"
	"github.com/sirupsen/logrus"
	"github.com/theupdateframework/notary/client"
	"github.com/theupdateframework/notary/storage"
	"github.com/theupdateframework/notary/tuf"
	"github.com/theupdateframework/notary/tuf/data"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
)

var (
	lossy = regexp.MustCompile(`:-?9[0-9]{15,}`)
	odd   = regexp.MustCompile(`"(hashes|targets|meta|keys|roles|root|snapshot|timestamp)":null|"private":"`)
)

func init() {
	logrus.SetOutput(io.Discard)
	logrus.SetLevel(logrus.PanicLevel)
}

// RoundTrip makes a server of files one that Notary's client can ask.
func (s server) RoundTrip(req *http.Request) (*http.Response, error) {
	name, _ := strings.CutSuffix(strings.TrimPrefix(req.URL.Path, "/"), ".json")
	raw, ok := s.get(name)
	if !ok {
		return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody}, nil
	}
	return &http.Response{StatusCode: http.StatusOK, ContentLength: int64(len(raw)), Body: io.NopCloser(bytes.NewReader(raw))}, nil
}

// askNotary runs the update of Notary's client; known is the root that it has in its
// cache, nil for a client that meets the repository for the first time. A crash is
// a refusal.
func askNotary(s server, known []byte) (repo *tuf.Repo, err error) {
	defer func() {
		if r := recover(); r != nil {
			repo, err = nil, fmt.Errorf("Notary's client crashes: %v", r)
		}
	}()
	remote, err := storage.NewHTTPStore("http://notary.invalid/", "", "json", "key", s)
	if err != nil {
		return nil, err
	}
	cached := map[data.RoleName][]byte{}
	if known != nil {
		cached[data.CanonicalRootRole] = known
	}
	repo, _, err = client.LoadTUFRepo(client.TUFLoadOptions{GUN: data.GUN(gun), RemoteStore: remote, Cache: storage.NewMemoryStore(cached)})
	if err == nil && repo.Targets[data.CanonicalTargetsRole] == nil {
		err = errors.New("no targets")
	}
	return repo, err
}

// askTrustdeck verifies the same files.
func askTrustdeck(s server, known []byte) *model.Repository {
	cfg := dialect.Config{GUN: gun, At: time.Now(), FirstUse: model.AnchorFirstUse}
	if known != nil {
		cfg.Anchors = []dialect.Anchor{{Kind: model.AnchorTrustDir, Source: "trust folder", Raw: known}}
	}
	load := notary.NewLoad(cfg)
	for wants := load.Wants(); len(wants) > 0; wants = load.Wants() {
		for _, w := range wants {
			name := string(w.Role)
			switch {
			case w.Version != 0:
				name = fmt.Sprintf("%d.%s", w.Version, name)
			case w.SHA256 != "":
				name += "." + w.SHA256
			}
			raw, ok := s.get(name)
			switch {
			case !ok:
				load.Give(w, nil, time.Time{}, &model.Fault{Kind: model.FaultNotFound, Subject: name, Text: "not found"})
			case int64(len(raw)) > w.Limit:
				load.Give(w, nil, time.Time{}, &model.Fault{Kind: model.FaultBadData, Subject: name, Text: "too long"})
			default:
				load.Give(w, raw, time.Time{}, nil)
			}
		}
	}
	return load.Repository()
}

// differences are what the two do not agree on and no strictness covers.
func differences(s server, known []byte) []string {
	theirs, err := askNotary(s, known)
	ours := askTrustdeck(s, known)
	refusal := notary.Refusal(ours)
	switch {
	case err != nil && refusal == nil:
		return []string{fmt.Sprintf("Notary's client refuses what trustdeck calls usable: %v\n%s", err, describe(ours))}
	case err != nil:
		return nil
	case refusal != nil && !covered(ours.AllProblems()):
		return []string{fmt.Sprintf("trustdeck refuses what Notary's client accepts: %s (%s)\n%s", refusal.Text, refusal.Code, describe(ours))}
	case refusal != nil:
		return nil
	}
	out := roleDifferences(ours, theirs)
	if len(out) == 0 {
		out = tagDifferences(ours, theirs)
	}
	return append(out, spellingDifferences(ours, theirs)...)
}

func roleDifferences(ours *model.Repository, theirs *tuf.Repo) []string {
	var out []string
	reached := map[model.RoleName]bool{"": true, model.RoleTargets: true}
	for i := range ours.Roles {
		role := &ours.Roles[i]
		if !role.Name.HoldsTargets() {
			continue
		}
		loaded := theirs.Targets[data.RoleName(role.Name)]
		reached[role.Name] = role.Usable() && (role.Name == model.RoleTargets || reached[role.Parent()])
		switch {
		case reached[role.Name] && loaded == nil:
			out = append(out, fmt.Sprintf("%s is usable here and not loaded by Notary's client", role.Name))
		case !reached[role.Name] && loaded != nil:
			if !covered(ours.AllProblems()) {
				out = append(out, fmt.Sprintf("%s is loaded by Notary's client and not usable here: %v", role.Name, role.Problems))
			}
		case loaded != nil && int64(loaded.Signed.Version) != role.Version:
			out = append(out, fmt.Sprintf("%s is version %d here and %d there", role.Name, role.Version, loaded.Signed.Version))
		}
	}
	for name := range theirs.Targets {
		if ours.Role(model.RoleName(name)) == nil {
			out = append(out, fmt.Sprintf("%s is loaded by Notary's client and not known here", name))
		}
	}
	return out
}

// tagDifferences compares what docker pull finds.
func tagDifferences(ours *model.Repository, theirs *tuf.Repo) []string {
	names := map[string]bool{}
	for _, f := range theirs.Targets {
		for name := range f.Signed.Targets {
			names[name] = true
		}
	}
	var out []string
	reader := client.NewReadOnly(theirs)
	for name := range names {
		found, err := reader.GetTargetByName(name, data.RoleName(docker.Releases), data.CanonicalTargetsRole)
		pulled := err == nil && (found.Role == data.CanonicalTargetsRole || found.Role == data.RoleName(docker.Releases)) && len(found.Hashes["sha256"]) == 32
		res := docker.Resolve(ours, name)
		if res.OK != pulled || pulled && (string(res.Role) != string(found.Role) || !bytes.Equal(res.Target.Hashes.SHA256, found.Hashes["sha256"]) || res.Target.Length != found.Length) {
			out = append(out, fmt.Sprintf("docker pull of %q: trustdeck says %t (%s), Notary's client %+v, %v", name, res.OK, res.Reason, found, err))
		}
	}
	return out
}

// spellingDifferences compares which files Notary would write in other bytes than it
// has read, or could not sign again.
func spellingDifferences(ours *model.Repository, theirs *tuf.Repo) []string {
	var out []string
	check := func(role model.RoleName, f interface{ ToSigned() (*data.Signed, error) }) {
		o := ours.Role(role)
		if o == nil || o.Raw == nil {
			return
		}
		signed, err := f.ToSigned()
		var raw []byte
		if err == nil {
			raw, err = canonical.Marshal(signed)
		}
		same := err == nil && bytes.Equal(raw, o.Raw)
		resigns := err == nil && bytes.Equal(payload(*signed.Signed), *signed.Signed)
		spelled, custom := has(o, model.ProblemNotEmission), has(o, model.ProblemCustom)
		switch {
		case same && spelled && odd.Match(raw):
			// Notary keeps a null where it writes an object itself, and a private part of
			// a key where it writes null.
		case same == spelled:
			out = append(out, fmt.Sprintf("%s: Notary would write the same bytes: %t (%v); trustdeck warns: %t: %s", role, same, err, spelled, apart(o.Raw, raw)))
		case same && !resigns && !custom && lossy.Match(raw):
			// A length or version above 2^53 also keeps Notary from signing.
		case same && resigns == custom:
			out = append(out, fmt.Sprintf("%s: Notary could sign it again: %t; trustdeck warns of a custom value: %t: %s", role, resigns, custom, apart(*signed.Signed, payload(*signed.Signed))))
		}
	}
	check(model.RoleRoot, theirs.Root)
	check(model.RoleSnapshot, theirs.Snapshot)
	check(model.RoleTimestamp, theirs.Timestamp)
	for name, f := range theirs.Targets {
		check(model.RoleName(name), f)
	}
	return out
}

// apart shows where two texts begin to differ.
func apart(a, b []byte) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	near := func(s []byte) string { return string(s[max(0, min(i, len(s))-40):min(i+60, len(s))]) }
	return fmt.Sprintf("at byte %d\n  %s\n  %s", i, near(a), near(b))
}

// covered reports whether one of the problems comes from a strictness.
func covered(problems []model.Problem) bool {
	for _, p := range problems {
		if p.Severity == model.Failure && strict(p) != "" {
			return true
		}
	}
	return false
}

func has(role *model.Role, code model.ProblemCode) bool {
	for _, p := range role.Problems {
		if p.Code == code {
			return true
		}
	}
	return false
}

func describe(r *model.Repository) string {
	var b strings.Builder
	for _, role := range r.Roles {
		fmt.Fprintf(&b, "  %s %d: %s, expired %t\n", role.Name, role.Version, role.State, role.Expired)
	}
	for _, p := range r.AllProblems() {
		fmt.Fprintf(&b, "  %s %s %s: %s\n", p.Severity, p.Role, p.Code, p.Text)
	}
	return b.String()
}
