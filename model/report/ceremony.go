package report

import (
	"encoding/hex"
	"errors"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/bundle"
	"trustdeck/model/plan"
	"trustdeck/model/publickey"
	"trustdeck/model/transcript"
)

// Ceremony is the answer of "trustdeck ceremony show", "start", "sign" and "merge": the file as it is
// then.
type Ceremony struct {
	Answer
	// File is its path.
	File       string `json:"file"`
	Title      string `json:"title"`
	Repository string `json:"repository"`
	Dialect    string `json:"dialect"`
	Rehearsal  bool   `json:"rehearsal"`
	// Digest identifies the ceremony, however many have signed it so far, and Words are its beginning.
	Digest string        `json:"digest"`
	Words  []string      `json:"words"`
	Dates  CeremonyDates `json:"dates"`
	// People in the order in which they act.
	People []CeremonyPerson `json:"people"`
	// Roots are those that were published, the current one last.
	Roots []CeremonyRoot `json:"roots"`
	// Summary is what changes, role by role, as in a plan file.
	Summary []plan.RoleSummary `json:"summary"`
	// Files are what is signed, in the order of signing.
	Files []CeremonyFile `json:"files"`
	// Stage is "not-open", "collecting" or "complete", and Now a sentence that says what to do.
	Stage string `json:"stage"`
	Now   string `json:"now"`
	// Waiting are those who are asked to sign, in the order in which they act.
	Waiting []CeremonyWaiting `json:"waiting"`
	Absence CeremonyAbsence   `json:"absence"`
	// Added are the signatures that the command has brought in.
	Added []CeremonySignature `json:"added,omitempty"`
	// Lines are the signatures to type, and Codes the texts of QR codes of them.
	Lines []string `json:"lines,omitempty"`
	Codes []string `json:"codes,omitempty"`
	// Machine is what "start" and "sign" have found out of the machine that they ran on.
	Machine *CeremonyMachine `json:"machine,omitempty"`
}

// CeremonyMachine is what matters of a machine on which people sign. Network, DefaultRoute and Swap are
// "yes", "no" or "unknown".
type CeremonyMachine struct {
	// Network is "yes" where an interface beside the loopback is up; Interfaces are the names of those.
	Network      string   `json:"network"`
	Interfaces   []string `json:"interfaces"`
	DefaultRoute string   `json:"defaultRoute"`
	// Swap is "yes" where memory may be written to a disk; Swaps are the files or devices.
	Swap  string   `json:"swap"`
	Swaps []string `json:"swaps"`
	// Version is that of the program, SHA256 that of its file, in hexadecimal, and Words the same in words;
	// the last two are absent where the file can't be read.
	Version string   `json:"version"`
	SHA256  string   `json:"sha256,omitempty"`
	Words   []string `json:"words,omitempty"`
}

// On notes the machine that the command ran on.
func (c *Ceremony) On(m model.Machine) {
	c.Machine = &CeremonyMachine{
		Network: m.Network.String(), Interfaces: append([]string{}, m.Interfaces...), DefaultRoute: m.Route.String(),
		Swap: m.Swap.String(), Swaps: append([]string{}, m.Swaps...),
		Version: m.Version, SHA256: hex.EncodeToString(m.Checksum), Words: ceremony.ProgramWords(m),
	}
}

// CeremonyDates are those of a ceremony.
type CeremonyDates struct {
	Opens    time.Time `json:"opens"`
	Target   time.Time `json:"target"`
	LastSafe time.Time `json:"lastSafe"`
	Expires  time.Time `json:"expires"`
}

// CeremonyPerson is someone who takes part.
type CeremonyPerson struct {
	Name string `json:"name"`
	Does string `json:"does"`
}

// CeremonyRoot is a published root, to be compared with what is known of it.
type CeremonyRoot struct {
	Version int64     `json:"version"`
	Expires time.Time `json:"expires"`
	SHA256  string    `json:"sha256"`
	Words   []string  `json:"words"`
}

// CeremonyFile is a file that is signed.
type CeremonyFile struct {
	Role string `json:"role"`
	// Before is the published version; 0 where there is none.
	Before  int64     `json:"before"`
	Version int64     `json:"version"`
	Expires time.Time `json:"expires"`
	// Unverified says why the published file is not compared with.
	Unverified string `json:"unverified,omitempty"`
	// Changes say in words what the summary does not, and Beyond what there are no words for.
	Changes []string         `json:"changes"`
	Beyond  []string         `json:"beyond"`
	Quorums []CeremonyQuorum `json:"quorums"`
}

// CeremonyQuorum is a group of keys of which so many must sign.
type CeremonyQuorum struct {
	GrantedBy string `json:"grantedBy"`
	Version   int64  `json:"version"`
	// Former is true for the keys of the root that is replaced.
	Former    bool             `json:"former"`
	Threshold int              `json:"threshold"`
	Signed    int              `json:"signed"`
	Keys      []CeremonyMember `json:"keys"`
}

// CeremonyMember is a key of a quorum.
type CeremonyMember struct {
	// Person and Serial are the author's word; empty where they are not named.
	Person string `json:"person,omitempty"`
	Serial string `json:"serial,omitempty"`
	Key    string `json:"key"`
	Signed bool   `json:"signed"`
	// Unusable says why no signature of the key can count.
	Unusable string `json:"unusable,omitempty"`
	Leaves   bool   `json:"leaves"`
	Joins    bool   `json:"joins"`
}

// CeremonyWaiting is someone whose signature is asked for.
type CeremonyWaiting struct {
	Who   string   `json:"who"`
	Roles []string `json:"roles"`
}

// CeremonyAbsence says who need not come.
type CeremonyAbsence struct {
	// Any is how many people may be absent, any of them.
	Any int `json:"any"`
	// Needed are those without any one of whom nothing can be published.
	Needed []string `json:"needed"`
	// Pairs are those of whom either may be absent, but not both.
	Pairs [][]string `json:"pairs"`
}

// CeremonySignature is a signature that was brought in.
type CeremonySignature struct {
	Role string `json:"role"`
	Key  string `json:"key"`
}

// NewCeremony makes the answer about a file at a moment.
func NewCeremony(f *ceremony.File, at time.Time) Ceremony {
	b, progress, absence := f.Bundle(), ceremony.ProgressOf(f.Opened, at), f.Absence()
	moment := func(t time.Time) time.Time { return t.UTC() }
	out := Ceremony{
		Answer: answer("ceremony"), File: f.Path, Title: b.Title, Repository: string(b.Repository), Dialect: string(b.Dialect), Rehearsal: b.Rehearsal,
		Digest: f.Digest().String(), Words: f.Digest().Words(),
		Dates:  CeremonyDates{moment(b.Dates.Opens), moment(b.Dates.Target), moment(b.Dates.LastSafe), moment(b.Dates.Expires)},
		People: each(b.Participants, func(p bundle.Participant) CeremonyPerson { return CeremonyPerson{p.Name, p.Does} }),
		Roots: each(f.Roots(), func(r bundle.Root) CeremonyRoot {
			return CeremonyRoot{r.Version, r.Expires, hex.EncodeToString(r.Digest[:]), r.Digest.Words()}
		}),
		Summary: append([]plan.RoleSummary{}, f.Summary()...), Files: []CeremonyFile{},
		Stage: string(progress.Stage), Now: progress.Now,
		Waiting: each(progress.Next, func(w bundle.Waiting) CeremonyWaiting { return CeremonyWaiting{w.Who, model.Retype[string](w.Roles)} }),
		Absence: CeremonyAbsence{Any: absence.Any, Needed: append([]string{}, absence.Needed...), Pairs: each(absence.Pairs, func(p [2]string) []string { return p[:] })},
	}
	for _, r := range f.Reviews() {
		out.Files = append(out.Files, CeremonyFile{
			Role: string(r.Role), Before: r.From, Version: r.To, Expires: r.ExpiresAfter, Unverified: r.Unverified,
			Changes: append([]string{}, r.Lines...), Beyond: append([]string{}, r.Beyond...), Quorums: each(f.Quorums(r.Role), newQuorumOf),
		})
	}
	return out
}

func newQuorumOf(q bundle.Quorum) CeremonyQuorum {
	return CeremonyQuorum{
		GrantedBy: string(q.GrantedBy), Version: q.Version, Former: q.Former, Threshold: q.Threshold, Signed: q.Signed(),
		Keys: each(q.Members, func(m bundle.Member) CeremonyMember {
			return CeremonyMember{m.Person, m.Serial, string(m.ID), m.Signed, m.Unusable, m.Leaves, m.Joins}
		}),
	}
}

// Add notes signatures that were brought in.
func (c *Ceremony) Add(all []bundle.Signature) {
	c.Added = each(all, func(s bundle.Signature) CeremonySignature { return CeremonySignature{string(s.Role), string(s.KeyID)} })
}

// CeremonyRequest is the answer of "trustdeck ceremony request".
type CeremonyRequest struct {
	Answer
	// File is its path.
	File       string `json:"file"`
	Repository string `json:"repository"`
	Role       string `json:"role"`
	Name       string `json:"name"`
	Rehearsal  bool   `json:"rehearsal"`
	// Key is the ID of the key, Fingerprint the SHA-256 of its public half, and Words the same in words.
	Key         string   `json:"key"`
	Fingerprint string   `json:"fingerprint"`
	Words       []string `json:"words"`
	// Attested is true where the token has proved that the key was made on it.
	Attested bool `json:"attested"`
}

// NewCeremonyRequest makes the answer about a request that was written into a file.
func NewCeremonyRequest(path string, r *ceremony.Requested) CeremonyRequest {
	forms := publickey.Of(r.Key.SPKI, r.Key.ID)
	return CeremonyRequest{
		Answer: answer("ceremony-request"), File: path, Repository: string(r.Repository), Role: string(r.Role), Name: r.Name, Rehearsal: r.Rehearsal,
		Key: string(r.Key.ID), Fingerprint: forms.Fingerprint, Words: forms.Words, Attested: r.Attested,
	}
}

// CeremonyTranscript is the answer of "trustdeck ceremony verify-transcript".
type CeremonyTranscript struct {
	Answer
	// File is its path.
	File string `json:"file"`
	// Whole is true where no line breaks the chain.
	Whole bool `json:"whole"`
	// Line is the first that breaks it, and Reason says how.
	Line   int    `json:"line,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Last is the SHA-256 of the last line that is as it was written.
	Last string `json:"last"`
	// Entries are those up to there.
	Entries []CeremonyEntry `json:"entries"`
}

// CeremonyEntry is one thing that happened.
type CeremonyEntry struct {
	Number int       `json:"number"`
	Time   time.Time `json:"time"`
	// What is a transcript.What.
	What      string             `json:"what"`
	Digest    string             `json:"digest"`
	Words     []string           `json:"words"`
	Rehearsal bool               `json:"rehearsal"`
	Who       string             `json:"who,omitempty"`
	Keys      []CeremonyEntryKey `json:"keys"`
	// Text is what was shown or confirmed.
	Text []string `json:"text"`
}

// CeremonyEntryKey is a key of an entry.
type CeremonyEntryKey struct {
	Key string `json:"key"`
	// Serial is that of the token that has it.
	Serial string `json:"serial,omitempty"`
}

// NewCeremonyTranscript makes the answer about a transcript, and why it could not be read whole.
func NewCeremonyTranscript(path string, t *transcript.Transcript, err error) CeremonyTranscript {
	out := CeremonyTranscript{Answer: answer("ceremony-transcript"), File: path, Whole: err == nil, Last: t.Last, Entries: each(t.Entries, func(e transcript.Entry) CeremonyEntry {
		return CeremonyEntry{
			Number: e.Number, Time: e.Time, What: string(e.What), Digest: e.Digest, Words: append([]string{}, e.Words...), Rehearsal: e.Rehearsal, Who: e.Who,
			Keys: each(e.Keys, func(k transcript.Key) CeremonyEntryKey { return CeremonyEntryKey{string(k.ID), k.Serial} }),
			Text: append([]string{}, e.Text...),
		}
	})}
	if broken, ok := errors.AsType[*transcript.Broken](err); ok {
		out.Line, out.Reason = broken.Line, broken.Text
	}
	return out
}
