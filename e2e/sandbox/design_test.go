package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/remote/sandbox"
)

// Where the practice server is unlike the real one, it is on purpose.
func TestUnlike(t *testing.T) {
	production := peer.ProductionServer(t)
	practice := peer.Sandbox(t, sandbox.Config{})
	for _, row := range []struct {
		name string
		// why says what the difference is for.
		why string
		do  func(*play)
		// real and practice are in the last answers.
		real, practice string
	}{
		{
			"bytes that Notary would not write", "the real server takes them, and serves files whose hashes its own snapshot does not state",
			func(p *play) {
				p.author()
				p.upload(files{model.RoleTargets: append(p.next(model.RoleTargets, nil), '\n')})
			},
			"\n200\n", `"detail":{"Name":"ErrBadTargets","Error":{"Msg":"targets is not in Notary's form`,
		},
		{
			"metadata that does not parse", "the words are those of trustdeck's own parser",
			func(p *play) { p.upload(files{model.RoleRoot: []byte(`{"signed":{"_type":"Targets"}}`)}) },
			`"INVALID_UPDATE","message":"Update sent by the client is invalid.","detail":{"Name":"ErrBadRoot"`,
			`"INVALID_UPDATE","message":"Update sent by the client is invalid.","detail":{"Name":"ErrBadRoot"`,
		},
		{
			"an upload that is cut off", "the real server panics, and drops the connection",
			func(p *play) {
				p.ask(http.MethodPost, "tuf/", "multipart/form-data; boundary=B", strings.NewReader("--B\r\nContent-Disposition: form-data; filename=\"root\"\r\n\r\n{}"))
			},
			"no answer", `"code":"MALFORMED_`,
		},
		{
			"names that no client can have", "a database finds out later, or too late",
			func(p *play) {
				p.gun = "docker.io/acme/a b"
				p.upload(files{model.RoleRoot: []byte("{}")})
			},
			`"code":"INVALID_UPDATE"`, `"code":"INVALID_GUN"`,
		},
		{
			"a hash in capitals", "MariaDB does not tell them apart; other databases do",
			func(p *play) {
				p.author()
				sum := sha256.Sum256(p.repo.Files[model.RoleRoot].Wire())
				p.get("tuf/root." + strings.ToUpper(hex.EncodeToString(sum[:])) + ".json")
			},
			"\n200\n", `"code":"METADATA_NOT_FOUND"`,
		},
		{
			"other paths", "there is a registry at the same address",
			func(p *play) { p.ask(http.MethodGet, "/v2/acme/x/tags/list", "", nil) },
			`"code":"METADATA_NOT_FOUND"`, `"code":"NAME_UNKNOWN"`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			name := strings.ReplaceAll(row.name, " ", "-")
			for server, want := range map[*peer.Server]string{production: row.real, practice: row.practice} {
				p := newPlay(t, server, "unlike-"+name)
				row.do(p)
				if got := p.seen(); !strings.Contains(got[len(got)-1], want) {
					t.Errorf("%s: %s answers\n%s\nwant %s", row.why, server.Host, got[len(got)-1], want)
				}
			}
		})
	}
}
