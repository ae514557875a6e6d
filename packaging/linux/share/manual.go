package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/nativehost/commands"
)

// manual is the page eonay-host(1), in the language man(7).
func manual(language message.Language, day time.Time) []byte {
	var b strings.Builder
	say := func(key string) string { return message.Text(language, "host.manual."+key) }
	section := func(key string) { fmt.Fprintf(&b, ".SH %s\n", say(key)) }
	fmt.Fprintf(&b, ".\\\" -*- coding: UTF-8 -*-\n.TH EONAY-HOST 1 %s e-Onay e-Onay\n", day.Format(time.DateOnly))
	section("name")
	fmt.Fprintf(&b, "eonay-host \\- %s\n", escaped(say("title")))
	section("synopsis")
	var usages []string
	for _, c := range commands.All {
		usages = append(usages, usagesOf(language, c.Name)...)
	}
	b.WriteString(".B " + strings.Join(usages, "\n.br\n.B ") + "\n")
	section("description")
	b.WriteString(escaped(say("about")) + "\n")
	section("commands")
	for _, c := range commands.All {
		fmt.Fprintf(&b, ".SS %s\n", c.Name)
		help(&b, message.Text(language, "host.help."+c.Name))
	}
	section("files")
	b.WriteString(escaped(say("places")) + "\n")
	section("status")
	b.WriteString(escaped(say("statuses")) + "\n")
	return []byte(b.String())
}

// usagesOf are the lines that a command's help begins with, without the word before the colon.
func usagesOf(language message.Language, command string) (lines []string) {
	first, _, _ := strings.Cut(message.Text(language, "host.help."+command), "\n\n")
	_, first, _ = strings.Cut(first, ": ")
	for line := range strings.SplitSeq(first, "\n") {
		lines = append(lines, escaped(strings.TrimSpace(line)))
	}
	return lines
}

// option is a line of a command's help that begins with an option: its name and value, and what it does.
var option = regexp.MustCompile(`^ +(--.*?)  +(.*)$`)

// help writes what a command says of itself, behind its line of usage.
func help(b *strings.Builder, text string) {
	_, text, _ = strings.Cut(text, "\n\n")
	n := 0
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		lines := strings.Split(part, "\n")
		if len(lines) > 1 && option.MatchString(lines[1]) {
			for _, line := range lines[1:] {
				m := option.FindStringSubmatch(line)
				fmt.Fprintf(b, ".TP\n.B %s\n%s\n", escaped(m[1]), escaped(m[2]))
			}
			continue
		}
		if n > 0 {
			b.WriteString(".PP\n")
		}
		b.WriteString(escaped(strings.Join(lines, " ")) + "\n")
		n++
	}
}

// escaped keeps what begins a request, or stands for another character, as it is.
func escaped(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}
