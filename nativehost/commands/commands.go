// Package commands is the table of the host's commands for people: what the program accepts, and what its manual and the
// completions of shells are made from.
package commands

// A Value is what an option wants after its name.
type Value int

const (
	Switch   Value = iota // nothing
	Folder                // a folder's path
	Language              // tr or en
)

// An Option is written --name.
type Option struct {
	Name  string
	Value Value
}

// A Command is the first word after the program's name.
type Command struct {
	Name    string
	Options []Option
	// Acts are the words that may follow the name, one at a time; a file's path follows the word.
	Acts []string
}

var (
	language = Option{"lang", Language}
	target   = []Option{{"browser-dir", Folder}, {"system", Switch}, {"root", Folder}, language}
	printing = []Option{{"json", Switch}, language}
)

// All are the commands, in the order in which they are told. What browsers start is not for people.
var All = []Command{
	{Name: "install", Options: target},
	{Name: "uninstall", Options: target},
	{Name: "doctor", Options: printing},
	{Name: "journal", Options: printing},
	{Name: "module", Options: []Option{language}, Acts: []string{"add", "remove"}},
	{Name: "version", Options: []Option{language}},
	{Name: "help", Options: []Option{language}},
}

// Named returns the command of that name.
func Named(name string) (Command, bool) {
	for _, c := range All {
		if c.Name == name {
			return c, true
		}
	}
	return Command{}, false
}
