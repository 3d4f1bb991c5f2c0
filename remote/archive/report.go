package archive

import (
	"bytes"
	"encoding/hex"
	"path"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/archive"
	"trustdeck/model/quorum"
	"trustdeck/model/report"
)

// reportSchema is the schema member of both kinds of report.json.
const reportSchema = "trustdeck-archive-report/v1"

// A repositoryReport is the report.json of one repository.
type repositoryReport struct {
	Schema string `json:"schema"`
	// Server it was read from, and when. Expiry is judged at that moment.
	Server string    `json:"server"`
	Read   time.Time `json:"read"`
	// Complete is true where everything that the server had was saved.
	Complete bool `json:"complete"`
	// Repository is the present state, as "trustdeck inspect -o json" gives it.
	Repository report.Repository `json:"repository"`
	// RootCertificates in the order in which the roots list them first.
	RootCertificates []rootCertificateReport `json:"rootCertificates"`
	// Files are all versions with the verdict on each.
	Files []fileReport `json:"files"`
	// Absent are versions that the server does not have.
	Absent []absentReport `json:"absent"`
	// Publishes is the changefeed, oldest first.
	Publishes []change `json:"publishes"`
	// Problems of the archive itself.
	Problems []problemReport `json:"problems"`
}

type fileReport struct {
	Role    string `json:"role"`
	Version int64  `json:"version"`
	// States is the version that the content states, where it is another one.
	States int64 `json:"states,omitempty"`
	// File relative to the archive.
	File     string    `json:"file"`
	Length   int64     `json:"length"`
	SHA256   string    `json:"sha256"`
	Modified time.Time `json:"modified,omitzero"`
	Expires  time.Time `json:"expires,omitzero"`
	// Current is true for what the server gives by the role's name alone, also
	// where the role is no longer part of the present state.
	Current bool `json:"current"`
	// Differs is true where other bytes for this version were saved before.
	Differs bool `json:"differs,omitempty"`
	// Verified is true where it verifies; VerifiedByRoot is the version of the
	// root under which it does.
	Verified       bool            `json:"verified"`
	VerifiedByRoot int64           `json:"verifiedByRoot,omitempty"`
	Signers        []model.KeyID   `json:"signers"`
	Changes        []string        `json:"changes"`
	Problems       []problemReport `json:"problems"`
}

type rootCertificateReport struct {
	ID          string    `json:"id"`
	Key         string    `json:"key"`
	Subject     string    `json:"subject"`
	NotBefore   time.Time `json:"notBefore"`
	NotAfter    time.Time `json:"notAfter"`
	Fingerprint string    `json:"fingerprint"`
	File        string    `json:"file"`
	// Roots are the versions in which it is a key of the root role.
	Roots []int64 `json:"roots"`
}

type absentReport struct {
	Role  string `json:"role"`
	First int64  `json:"first"`
	Last  int64  `json:"last"`
}

type problemReport struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Role     string `json:"role,omitempty"`
	Text     string `json:"text"`
}

func newProblems(problems []model.Problem) []problemReport {
	out := make([]problemReport, len(problems))
	for i, p := range problems {
		out[i] = problemReport{Code: string(p.Code), Severity: p.Severity.String(), Role: string(p.Role), Text: p.Text}
	}
	return out
}

func newRepositoryReport(r archive.Repository) repositoryReport {
	out := repositoryReport{
		Schema: reportSchema, Server: r.Server, Read: r.Read.UTC(), Complete: r.Complete,
		Repository:       report.NewRepository(r.View, r.Tags, nil, quorum.Known{}),
		RootCertificates: []rootCertificateReport{},
		Files:            make([]fileReport, len(r.Files)),
		Absent:           []absentReport{},
		Publishes:        make([]change, len(r.Changes)),
		Problems:         newProblems(r.Problems),
	}
	for i := range r.Files {
		out.Files[i] = newFileReport(&r.Files[i])
	}
	for _, c := range r.Certificates {
		out.RootCertificates = append(out.RootCertificates, rootCertificateReport{
			ID: string(c.ID), Key: string(c.Key), Subject: c.Subject,
			NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), Fingerprint: c.Fingerprint,
			File: folderOf(r.GUN) + "/" + certificateFile(c.ID), Roots: append([]int64{}, c.Roots...),
		})
	}
	for _, name := range sortedRoles(r.Absent) {
		for _, a := range r.Absent[name] {
			out.Absent = append(out.Absent, absentReport{string(name), a.First, a.Last})
		}
	}
	for i, c := range r.Changes {
		out.Publishes[i] = change(c)
		out.Publishes[i].Time = c.Time.UTC()
	}
	return out
}

func newFileReport(f *archive.File) fileReport {
	out := fileReport{
		Role: string(f.Role), Version: f.Version, File: f.Path, Length: f.Length,
		SHA256: hex.EncodeToString(f.SHA256[:]), Modified: f.Modified.UTC(), Expires: rfc(f.Expires),
		Current: f.Current, Differs: f.Differs, Verified: verified(f), VerifiedByRoot: f.Root,
		Signers: append([]model.KeyID{}, f.Signers...), Changes: append([]string{}, f.Changes...),
		Problems: newProblems(f.Problems),
	}
	if f.States != f.Version {
		out.States = f.States
	}
	return out
}

// verified reports whether a version verifies under some root and nothing
// about it is a failure.
func verified(f *archive.File) bool {
	return f.Root != 0 && !slices.ContainsFunc(f.Problems, model.Problem.IsFailure)
}

// rfc is t in UTC, or the zero time where RFC 3339 cannot spell it: metadata
// may state any year.
func rfc(t time.Time) time.Time {
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// placeReport writes both reports of a repository.
func (w *Writer) placeReport(folder string, r archive.Repository) error {
	var buf bytes.Buffer
	if err := report.Encode(&buf, newRepositoryReport(r)); err != nil {
		return diskFault(w.name, "the report could not be made", err)
	}
	if err := w.placeIfNew(path.Join(folder, overviewJSONName), buf.Bytes()); err != nil {
		return err
	}
	return w.placeIfNew(path.Join(folder, overviewName), repositoryMarkdown(folder, r))
}
