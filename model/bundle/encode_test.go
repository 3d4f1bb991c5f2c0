package bundle_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/wordcode"
)

// A bundle reads back as it was written, and has one form.
func TestOneForm(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["ledger"], 2, 3)
	b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
	signed := s.sign(t, b, "Ada", "Cleo")
	text := signed.Encode()
	again := must(bundle.Decode(text))
	if !bytes.Equal(again.Encode(), text) {
		t.Errorf("written again it is\n%s\nwas\n%s", again.Encode(), text)
	}
	again.Signatures[0], again.Signatures[1] = again.Signatures[1], again.Signatures[0]
	if !bytes.Equal(again.Encode(), text) {
		t.Error("the order of signatures makes a difference")
	}
	for why, edited := range map[string][]byte{
		"white space":   bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n\t")),
		"no line break": bytes.TrimSpace(text),
	} {
		if b, err := bundle.Decode(edited); err != nil || b.Digest() != signed.Digest() {
			t.Errorf("%s: %v", why, err)
		}
	}
	for _, keys := range s.Keys {
		for _, k := range keys {
			secret := must(k.Private.(*ecdsa.PrivateKey).Bytes()) //nolint:forcetypeassert // all are
			for _, form := range []string{fmt.Sprintf("%x", secret), base64.StdEncoding.EncodeToString(secret), base64.StdEncoding.EncodeToString(must(x509.MarshalPKCS8PrivateKey(k.Private)))} {
				if bytes.Contains(text, []byte(form)) {
					t.Error("it holds a private key")
				}
			}
		}
	}
}

// The digest covers everything but the signatures, and has 12 words that anyone can check.
func TestDigest(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["ledger"], 2, 3)
	b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
	digest := b.Digest()
	if s.sign(t, b, "Ada").Digest() != digest {
		t.Error("a signature changes it")
	}
	words := digest.Words()
	if len(words) != 12 || !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(digest.String()) {
		t.Errorf("%s is %q", digest, words)
	}
	if back := must(wordcode.Decode(strings.Join(words, " "))); !bytes.Equal(back, digest[:16]) {
		t.Errorf("the words stand for %x, the digest is %s", back, digest)
	}
	for what, edit := range map[string]func(*bundle.Bundle){
		"the repository":       func(b *bundle.Bundle) { b.Repository += "x" },
		"the dialect":          func(b *bundle.Bundle) { b.Dialect = "other" },
		"the title":            func(b *bundle.Bundle) { b.Title += "x" },
		"that it is rehearsed": func(b *bundle.Bundle) { b.Rehearsal = true },
		"a date":               func(b *bundle.Bundle) { b.Dates.Target = b.Dates.Target.Add(time.Second) },
		"a name":               func(b *bundle.Bundle) { b.Participants[0].Name = "Mallory" },
		"a task":               func(b *bundle.Bundle) { b.Participants[0].Does = "witness" },
		"a serial": func(b *bundle.Bundle) {
			b.Participants[0].Keys = []bundle.Held{{ID: b.Participants[0].Keys[0].ID, Serial: "1"}}
		},
		"a root":           func(b *bundle.Bundle) { b.Roots = b.Roots[1:] },
		"a published file": func(b *bundle.Bundle) { b.Base = []bundle.File{{Role: model.RoleTargets, Raw: []byte("x")}} },
		"a change":         func(b *bundle.Bundle) { b.Changes = nil },
		"a bound key":      func(b *bundle.Bundle) { b.Keys = map[model.KeyID]model.PublicKey{"new:root": {ID: "x"}} },
		"a payload":        func(b *bundle.Bundle) { b.Payloads[0].Bytes = append([]byte{}, 'x') },
		"a moment":         func(b *bundle.Bundle) { b.Payloads[0].From = b.Payloads[0].From.Add(time.Second) },
	} {
		edited := must(bundle.Decode(b.Encode()))
		edit(edited)
		if edited.Digest() == digest {
			t.Errorf("%s does not change it", what)
		}
	}
}

// What the file says that makes no sense is refused by name, whatever its spelling.
func TestRefusedAsItIsRead(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["ledger"], 2, 3)
	b := s.sign(t, s.bundle(s.rootOf(2, "Ada", "Ben", "Dan")), "Ada")
	id := b.Participants[0].Keys[0].ID
	text := string(b.Encode())
	for why, c := range map[string]struct {
		edit   func(*bundle.Bundle)
		reason bundle.Reason
	}{
		"no repository":                  {func(b *bundle.Bundle) { b.Repository = "" }, bundle.Altered},
		"a path for a repository":        {func(b *bundle.Bundle) { b.Repository = "../x" }, bundle.Altered},
		"no title":                       {func(b *bundle.Bundle) { b.Title = "" }, bundle.Altered},
		"a title that nobody reads":      {func(b *bundle.Bundle) { b.Title = strings.Repeat("x", 121) }, bundle.Altered},
		"a title with an escape":         {func(b *bundle.Bundle) { b.Title = "a\x1b[2Jb" }, bundle.Altered},
		"a title that turns around":      {func(b *bundle.Bundle) { b.Title = "a\u202eb" }, bundle.Altered},
		"dates in disorder":              {func(b *bundle.Bundle) { b.Dates.Target = b.Dates.Expires.Add(time.Hour) }, bundle.Altered},
		"no date":                        {func(b *bundle.Bundle) { b.Dates.Opens = time.Time{} }, bundle.Altered},
		"a date in fractions":            {func(b *bundle.Bundle) { b.Dates.Opens = b.Dates.Opens.Add(1) }, bundle.Altered},
		"a person without a name":        {func(b *bundle.Bundle) { b.Participants[0].Name = " " }, bundle.Altered},
		"a person without a task":        {func(b *bundle.Bundle) { b.Participants[0].Does = "" }, bundle.Altered},
		"two people of one name":         {func(b *bundle.Bundle) { b.Participants[0].Name = "BEN" }, bundle.Altered},
		"a key of two people":            {func(b *bundle.Bundle) { b.Participants[1].Keys[0].ID = id }, bundle.Altered},
		"a key ID that is no text":       {func(b *bundle.Bundle) { b.Participants[0].Keys[0].ID = "\x07" }, bundle.Altered},
		"a serial that is no text":       {func(b *bundle.Bundle) { b.Participants[0].Keys[0].Serial = "\x07" }, bundle.Altered},
		"too many keys":                  {func(b *bundle.Bundle) { b.Participants[0].Keys = make([]bundle.Held, 21) }, bundle.TooLarge},
		"too many people":                {func(b *bundle.Bundle) { b.Participants = make([]bundle.Participant, 101) }, bundle.TooLarge},
		"too many roots":                 {func(b *bundle.Bundle) { b.Roots = make([][]byte, 1001) }, bundle.TooLarge},
		"roots that are too large":       {func(b *bundle.Bundle) { b.Roots[0] = make([]byte, bundle.MaxRootBytes) }, bundle.TooLarge},
		"too many files":                 {func(b *bundle.Bundle) { b.Base = make([]bundle.File, 33) }, bundle.TooLarge},
		"too many payloads":              {func(b *bundle.Bundle) { b.Payloads = make([]bundle.Payload, 33) }, bundle.TooLarge},
		"too many signatures":            {func(b *bundle.Bundle) { b.Signatures = make([]bundle.Signature, 1025) }, bundle.TooLarge},
		"nothing to sign":                {func(b *bundle.Bundle) { b.Payloads, b.Signatures = nil, nil }, bundle.BadPayload},
		"two payloads of a role":         {func(b *bundle.Bundle) { b.Payloads = append(b.Payloads, b.Payloads[0]) }, bundle.BadPayload},
		"a snapshot":                     {func(b *bundle.Bundle) { b.Payloads[0].Role = model.RoleSnapshot }, bundle.BadPayload},
		"a published root as a file":     {func(b *bundle.Bundle) { b.Base = []bundle.File{{Role: model.RoleRoot}} }, bundle.BadBase},
		"a published timestamp":          {func(b *bundle.Bundle) { b.Base = []bundle.File{{Role: model.RoleTimestamp}} }, bundle.BadBase},
		"a published file twice":         {func(b *bundle.Bundle) { b.Base = make([]bundle.File, 2) }, bundle.BadBase},
		"a signature of something else":  {func(b *bundle.Bundle) { b.Signatures[0].Role = model.RoleTargets }, bundle.WrongPayload},
		"two signatures of a key":        {func(b *bundle.Bundle) { b.Signatures = append(b.Signatures, b.Signatures[0]) }, bundle.Altered},
		"a signature by what is no text": {func(b *bundle.Bundle) { b.Signatures[0].Signature = dialect.Signature{KeyID: "a\nb"} }, bundle.Altered},
	} {
		edited := must(bundle.Decode([]byte(text)))
		c.edit(edited)
		checkRefused(t, why, func() error { _, err := bundle.Decode(edited.Encode()); return err }, c.reason)
		checkRefused(t, why, func() error { _, err := bundle.Open(edited, known, now); return err }, c.reason)
	}
	for why, c := range map[string]struct {
		was, is string
		reason  bundle.Reason
	}{
		"a newer schema":             {`ceremony/v1"`, `ceremony/v2"`, bundle.Newer},
		"a much newer schema":        {`ceremony/v1"`, `ceremony/v40"`, bundle.Newer},
		"no version":                 {`ceremony/v1"`, `ceremony/v"`, bundle.NotBundle},
		"a version before the first": {`ceremony/v1"`, `ceremony/v0"`, bundle.NotBundle},
		"a version with a sign":      {`ceremony/v1"`, `ceremony/v+1"`, bundle.NotBundle},
		"another file":               {`trustdeck-ceremony/v1"`, `trustdeck/v1"`, bundle.NotBundle},
		"not JSON":                   {`{`, `(`, bundle.NotBundle},
		"nothing":                    {text, ``, bundle.NotBundle},
		"a member that is not known": {`"title"`, `"more":1,"title"`, bundle.Altered},
		"a member twice":             {`"title"`, `"title":"x","title"`, bundle.Altered},
		"a member in capitals":       {`"title"`, `"Title"`, bundle.Altered},
		"an escape":                  {`"Replace`, `"\u0052eplace`, bundle.Altered},
		"a null":                     {`"base": []`, `"base": null`, bundle.Altered},
		"another zone":               {`2026-11-29T12:00:00Z`, `2026-11-29T13:00:00+01:00`, bundle.Altered},
		"a change of another kind":   {`"kind": "rotate"`, `"kind": "rotates"`, bundle.Altered},
		"a change with more":         {`"what": {`, `"what": {"x":1,`, bundle.Altered},
		"data after the end":         {"}\n", "}\n{}", bundle.NotBundle},
	} {
		edited := []byte(strings.Replace(text, c.was, c.is, 1))
		if c.was == "}\n" {
			edited = append([]byte(text), "{}"...)
		}
		checkRefused(t, why, func() error { _, err := bundle.Decode(edited); return err }, c.reason)
	}
	checkRefused(t, "a file without end", func() error { _, err := bundle.Decode(make([]byte, bundle.MaxSize+1)); return err }, bundle.TooLarge)
}

// checkRefused tries something that must be refused for a reason, in words that say what to do.
func checkRefused(t *testing.T, why string, try func() error, reason bundle.Reason) {
	t.Helper()
	err := try()
	switch {
	case bundle.ReasonOf(err) != reason:
		t.Errorf("%s: %v (%s), want %s", why, err, bundle.ReasonOf(err), reason)
	case err != nil && (model.HintOf(err) == "" || model.KindOf(err) == "" || strings.ContainsAny(err.Error(), "\x1b\x07\u202e")):
		t.Errorf("%s: %v: hint %q", why, fmt.Sprintf("%q", err), model.HintOf(err))
	}
}
