package report

import (
	"regexp"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
)

// Doctor is the answer of "trustdeck doctor".
type Doctor struct {
	Answer
	// Repositories is how many were looked at.
	Repositories int `json:"repositories"`
	// FailOn is the severity from which on the exit code is 3.
	FailOn string `json:"failOn"`
	// Failed tells whether any finding is at or above FailOn.
	Failed bool `json:"failed"`
	// Findings, worst first.
	Findings []Finding `json:"findings"`
}

// NewDoctor makes the answer. A nil failOn never fails.
func NewDoctor(repositories int, findings []health.Finding, failOn *model.Severity) Doctor {
	out := Doctor{
		Answer: answer("doctor"), Repositories: repositories,
		FailOn: "never", Findings: each(findings, newFinding),
	}
	if failOn == nil {
		return out
	}
	out.FailOn = failOn.String()
	for _, f := range findings {
		out.Failed = out.Failed || f.Severity >= *failOn
	}
	return out
}

// Finding is something an administrator should know, with the way out.
type Finding struct {
	// Code names the kind of finding and never changes its meaning.
	Code string `json:"code"`
	// Severity is "notice", "warning" or "failure".
	Severity string `json:"severity"`
	// Repository is absent for findings about this machine or the server.
	Repository string `json:"repository,omitempty"`
	Role       string `json:"role,omitempty"`
	Text       string `json:"text"`
	// Remedy says what to do.
	Remedy string `json:"remedy,omitempty"`
	// Command is the command of trustdeck that mends it, in words for a shell;
	// absent where none does.
	Command string `json:"command,omitempty"`
}

func newFinding(f health.Finding) Finding {
	return Finding{
		Code: f.Code, Severity: f.Severity.String(),
		Repository: string(f.GUN), Role: string(f.Role),
		Text: f.Text, Remedy: f.Remedy, Command: command(f),
	}
}

// harmless are words that mean themselves in every shell.
var harmless = regexp.MustCompile(`^[A-Za-z0-9._/:@-]+$`)

// command is the repair of a finding as a command.
func command(f health.Finding) string {
	if f.Code == admin.CodeKeyExposed {
		return "trustdeck key protect " + string(f.Key)
	}
	return commandOf(f.GUN, f.Repair, f.JoinKey)
}

// Command is the command that begins a change of a repository; empty where there is none, and
// where a name in it would have to be quoted, for which shells differ.
func Command(gun model.GUN, change model.Change) string { return commandOf(gun, change, "") }

func commandOf(repository model.GUN, change model.Change, join model.KeyID) string {
	gun := string(repository)
	var words []string
	switch c := change.(type) {
	case model.Renew:
		words = append([]string{"renew", gun}, texts(c.Roles)...)
	case model.Witness:
		words = append([]string{"witness", gun}, texts(c.Roles)...)
		if c.Fresh {
			words = append(words, "--content", "fresh")
		}
		if join != "" {
			words = append(words, "--join-key", string(join))
		}
	case model.Countersign:
		words = append([]string{"countersign", gun}, texts(c.Roles)...)
	case model.RotateKey:
		words = []string{"rotate", gun, string(c.Role)}
	case model.EditDelegation:
		words = []string{"delegation", "edit", gun, string(c.Role)}
	case model.AddSigner:
		words = []string{"signer", "add", c.Name, gun}
	case model.RemoveSigner:
		words = []string{"off-board"}
		for _, id := range c.Keys {
			who := string(id)
			if c.Name != "" {
				who = c.Name + "@" + who
			}
			words = append(words, "--who", who)
		}
		words = append(words, gun)
	case model.AcceptRoot:
		words = []string{"accept-root", gun}
	case model.AcceptRollback:
		words = append([]string{"accept-rollback", gun}, texts(c.Roles)...)
	default:
		return ""
	}
	for _, w := range words {
		if !harmless.MatchString(w) {
			return ""
		}
	}
	return "trustdeck " + strings.Join(words, " ")
}
