package screen

import (
	"regexp"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// A pupil does a lesson, and knows nothing but what the screens have said.
type pupil struct {
	*peer.Terminal
	t *testing.T
	// lesson is its text, in one line. Root are the words of the published root, and fingerprint those
	// of the ceremony, which were written down on the way.
	lesson, root, fingerprint string
}

// flat is a screen as one line, without what is drawn.
func flat(screen string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "─", " ").Replace(screen)), " ")
}

func (p *pupil) find(expression, in string) string {
	p.t.Helper()
	found := regexp.MustCompile(expression).FindStringSubmatch(in)
	if found == nil {
		p.t.Fatalf("nothing says %q:\n%s", expression, in)
	}
	return found[1]
}

// told is what the lesson says, by an expression with one group.
func (p *pupil) told(expression string) string {
	p.t.Helper()
	return p.find(expression, p.lesson)
}

// key is the one that the last line of the screen names for something, as tmux calls it.
func (p *pupil) key(does string) string {
	p.t.Helper()
	return keyIn(p.WaitUntil("a key for "+does, func(screen string) bool { return keyIn(screen, does) != "" }), does)
}

// keyIn is key on one screen; empty where it names none.
func keyIn(screen, does string) string {
	lines := strings.Split(strings.TrimRight(screen, "\n "), "\n")
	found := regexp.MustCompile(`(?:^| )(\S+) ` + regexp.QuoteMeta(does)).FindStringSubmatch(lines[len(lines)-1])
	if found == nil {
		return ""
	}
	if key, ok := map[string]string{"enter": "Enter", "tab": "Tab", "space": "Space", "f2": "F2"}[found[1]]; ok {
		return key
	}
	return found[1]
}

// pane reads the pane below the list to its end.
func (p *pupil) pane() string {
	p.t.Helper()
	key := p.key("pane")
	p.Follow("─ > ", key)
	below := func(screen string) []string {
		_, pane, _ := strings.Cut(screen, "─ > ")
		return strings.Split(pane, "\n")[1:]
	}
	more := regexp.MustCompile(`↓ \d+ more lines?`)
	var all []string
	for {
		lines := below(p.Screen())
		last := -1
		for i, line := range lines {
			if more.MatchString(line) {
				last = i
			}
		}
		all = append(all, lines[0])
		if last < 0 {
			p.Keys(key)
			return flat(strings.Join(append(all, lines[1:]...), "\n"))
		}
		p.Keys("Down")
		p.WaitUntil("the next line", func(screen string) bool { return below(screen)[last] != lines[last] })
	}
}

// command begins what the lesson has a command for, and goes through it.
func (p *pupil) command(expression string, answers map[string]string) {
	p.t.Helper()
	p.Keys(":")
	p.WaitFor("Commands, places, repositories")
	p.Type(p.told(expression))
	p.Follow("> Question", "Enter")
	p.through(answers)
}

// goOn does the next step of the ceremony whose page is open.
func (p *pupil) goOn(answers map[string]string) {
	p.t.Helper()
	p.Follow("Ceremony > ", p.key("next step"))
	p.through(answers)
}

// at is where a flow is: the step, and what is asked for.
func (p *pupil) at(screen string) string {
	var out []string
	for _, line := range strings.Split(screen, "\n")[:4] {
		runes := []rune(line)
		out = append(out, string(runes[:min(len(runes), 24)])) // a notice may lie over the rest
	}
	for _, mark := range []string{"PIN 1 of", "Passphrase 1 of", "touch token", "[ Close ]", "[ Cancel ]"} {
		if strings.Contains(screen, mark) {
			out = append(out, mark)
		}
	}
	return strings.Join(out, "\n")
}

// through answers every question of a flow, does all that it asks for, and closes it. A question
// that the lesson says nothing about gets the usual answer.
func (p *pupil) through(answers map[string]string) {
	p.t.Helper()
	for {
		screen := p.Screen()
		now, said := p.at(screen), flat(screen)
		switch {
		case strings.Contains(said, "[ Try again ]"):
			p.t.Fatalf("it went wrong:\n%s", screen)
		case strings.Contains(now, "[ Close ]"):
			p.Press("Close", "H repos")
			return
		case strings.Contains(now, "touch token"):
			p.Keys(p.key("touch token"))
		case strings.Contains(now, " 1 of"):
			p.Enter(p.find(`ha(?:s|ve) the (?:PIN|passphrase) "([^"]+)"`, said))
		case strings.Contains(now, "[ Cancel ]"):
			p.compare(said)
			if word := regexp.MustCompile(`type the word: (\w+)`).FindStringSubmatch(said); word != nil {
				p.Name(word[1])
			}
			button := p.find(`\[ Cancel \] \[ ([\w ]+) \]`, said)
			p.Press(button, "● Review ")
		case strings.Contains(now, "> Question"):
			p.answer(screen, answers)
		}
		p.WaitUntil("the next page", func(screen string) bool { return p.at(screen) != now })
	}
}

// compare checks that everyone sees the same fingerprint, where one is shown.
func (p *pupil) compare(said string) {
	p.t.Helper()
	shown := regexp.MustCompile(`• Fingerprint: ([a-z ]+) •`).FindStringSubmatch(said)
	switch {
	case shown == nil:
	case p.fingerprint == "":
		p.fingerprint = shown[1]
	case p.fingerprint != shown[1]:
		p.t.Errorf("the words were %q, and are %q", p.fingerprint, shown[1])
	}
}

// writtenDown is the answer that names the root whose words were written down.
const writtenDown = "the words that were written down"

// answer gives the answer to a question, or the usual one.
func (p *pupil) answer(screen string, answers map[string]string) {
	p.t.Helper()
	given := ""
	for question, answer := range answers {
		if strings.Contains(flat(screen), question) {
			given = answer
		}
	}
	if given == writtenDown {
		given = p.find(`(Root \d+) In words: `+p.root, flat(screen))
	}
	options := !strings.Contains(screen, "│ ───")
	switch {
	case given == "":
	case options:
		for at := choiceAt(screen); !strings.Contains(strings.ToLower(at), strings.ToLower(given)); at = choiceAt(p.Screen()) {
			p.Keys("Down")
			p.WaitUntil("the option after "+at, func(screen string) bool { return choiceAt(screen) != at })
		}
		if strings.Contains(screen, "[ ]") {
			p.Follow("[x]", p.key("mark"))
		}
	default:
		p.Keys("C-u")
		p.Type(given)
		p.WaitFor("> " + given)
		if strings.Contains(screen, "A line each") {
			p.Follow("• "+given, "Enter")
		}
	}
	n, now := 0, p.at(screen)
	p.WaitUntil("the next page", func(screen string) bool {
		next := keyIn(screen, "next") // a page that is only passed through has none
		if n++; n%pupilLooks == 1 && next != "" && p.at(screen) == now {
			p.Keys(next)
		}
		return p.at(screen) != now
	})
}

// pupilLooks is how often the screen is looked at before a key is pressed again: a page that has just
// come up takes none.
const pupilLooks = 40

// choiceAt is the line of the option that is selected; empty where none is.
func choiceAt(screen string) string {
	return regexp.MustCompile(`(?m)^│ > .*$`).FindString(screen)
}
