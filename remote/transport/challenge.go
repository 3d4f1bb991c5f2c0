package transport

import "strings"

// A challenge is one way in which a server wants to be told who asks (RFC 9110,
// section 11).
type challenge struct {
	// scheme is in lower case.
	scheme string
	// params by lower-case name.
	params map[string]string
}

// maxChallenges bounds what is read of hostile headers.
const maxChallenges = 16

// parseChallenges reads WWW-Authenticate fields. One field may hold several
// challenges, separated by the same commas as their parameters. What does not
// parse is passed over.
func parseChallenges(fields []string) []challenge {
	var out []challenge
	for _, field := range fields {
		p := headerParser{rest: field}
		for len(out) < maxChallenges {
			ch, ok := p.challenge()
			if !ok {
				break
			}
			out = append(out, ch)
		}
	}
	return out
}

type headerParser struct{ rest string }

// challenge reads a scheme and the parameters that belong to it.
func (p *headerParser) challenge() (challenge, bool) {
	p.skip(", \t")
	scheme := p.token()
	if scheme == "" {
		return challenge{}, false
	}
	ch := challenge{scheme: strings.ToLower(scheme), params: map[string]string{}}
	for {
		before := p.rest
		p.skip(", \t")
		name := p.token()
		p.skip(" \t")
		if name == "" || !strings.HasPrefix(p.rest, "=") {
			// No parameter: the scheme of the next challenge, or the end.
			p.rest = before
			return ch, true
		}
		p.rest = p.rest[1:]
		p.skip(" \t")
		value, ok := p.value()
		if !ok {
			p.rest = ""
			return ch, true
		}
		if _, twice := ch.params[strings.ToLower(name)]; !twice {
			ch.params[strings.ToLower(name)] = value
		}
	}
}

func (p *headerParser) skip(set string) { p.rest = strings.TrimLeft(p.rest, set) }

func (p *headerParser) token() string {
	n := strings.IndexFunc(p.rest, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
	if n < 0 {
		n = len(p.rest)
	}
	tok := p.rest[:n]
	p.rest = p.rest[n:]
	return tok
}

// value reads a token or a quoted string.
func (p *headerParser) value() (string, bool) {
	if !strings.HasPrefix(p.rest, `"`) {
		return p.token(), true
	}
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '"':
			p.rest = p.rest[i+1:]
			return b.String(), true
		case '\\':
			i++
			if i < len(p.rest) {
				b.WriteByte(p.rest[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}
