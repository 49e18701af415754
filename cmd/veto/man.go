package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:   "man [DIR]",
		Short: "write the manual pages",
		Long: `Man writes veto(1) to standard output or, given a folder, all manual pages into
it: veto.1, veto-check.1 and so on.`,
		Example: `  veto man | man -l -
  veto man /usr/local/share/man/man1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				_, err := cmd.OutOrStdout().Write(newPage(cmd.Root()))
				return err
			case 1:
				return writePages(cmd.Root(), args[0])
			}
			return usagef("man takes at most one folder")
		},
	}
}

func writePages(root *cobra.Command, dir string) error {
	for _, cmd := range commands(root) {
		if err := os.WriteFile(filepath.Join(dir, pageName(cmd)+".1"), newPage(cmd), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// pageName returns the name of the command's manual page, such as veto-check.
func pageName(cmd *cobra.Command) string {
	return strings.ReplaceAll(cmd.CommandPath(), " ", "-")
}

// page is a manual page in the man macros of troff (man(7)).
type page struct{ text strings.Builder }

// newPage returns the manual page of the command. It has no date: the same
// source makes the same page.
func newPage(cmd *cobra.Command) []byte {
	var p page
	name := pageName(cmd)
	p.linef(`.TH "%s" 1 "" "%s" "Veto"`, escape(strings.ToUpper(name)), escape("veto "+versionText()))
	p.section("Name")
	p.linef(`%s \- %s`, escape(name), escape(cmd.Short))
	p.section("Synopsis")
	p.linef(`.B %s`, escape(cmd.CommandPath()))
	synopsis := strings.TrimPrefix(cmd.UseLine(), cmd.CommandPath())
	if cmd.HasAvailableSubCommands() {
		synopsis = " COMMAND [flags]"
	}
	p.linef(`%s`, escape(strings.TrimSpace(synopsis)))
	p.section("Description")
	p.paragraphs(cmd.Long)
	p.commands(cmd)
	p.options(cmd)
	p.section("Exit status")
	for code, meaning := range exitTable {
		p.item(fmt.Sprint(code), meaning)
	}
	p.section("Examples")
	p.verbatim(cmd.Example)
	p.section("See also")
	p.linef("%s", seeAlso(cmd))
	return []byte(p.text.String())
}

func (p *page) linef(format string, args ...any) { fmt.Fprintf(&p.text, format+"\n", args...) }

func (p *page) section(name string) { p.linef(".SH %s", strings.ToUpper(name)) }

// item writes a tagged paragraph. The tag is escaped already.
func (p *page) item(tag, text string) { p.linef(".TP\n%s\n%s", tag, escape(text)) }

// paragraphs writes text whose paragraphs are separated by blank lines. Those
// indented are written as they are.
func (p *page) paragraphs(text string) {
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if strings.HasPrefix(paragraph, " ") {
			p.verbatim(paragraph)
		} else {
			p.linef(".PP\n%s", escape(paragraph))
		}
	}
}

func (p *page) verbatim(text string) { p.linef(".PP\n.nf\n%s\n.fi", escape(text)) }

func (p *page) commands(cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	p.section("Commands")
	if len(cmd.Groups()) == 0 {
		p.group(cmd, "")
	}
	for _, g := range cmd.Groups() {
		p.linef(".SS %s", escape(g.Title))
		p.group(cmd, g.ID)
	}
}

func (p *page) group(cmd *cobra.Command, id string) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.GroupID == id {
			p.item(`\fB`+escape(c.Name())+`\fR`, c.Short)
		}
	}
}

func (p *page) options(cmd *cobra.Command) {
	p.section("Options")
	cmd.InitDefaultHelpFlag()
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		name, usage := pflag.UnquoteUsage(f)
		tag := `\fB` + escape("--"+f.Name) + `\fR`
		if f.Shorthand != "" {
			tag = `\fB` + escape("-"+f.Shorthand) + `\fR, ` + tag
		}
		if name != "" {
			tag += ` \fI` + escape(name) + `\fR`
		}
		if f.DefValue != "" && f.DefValue != "[]" && f.DefValue != "false" {
			usage += " (default " + f.DefValue + ")"
		}
		p.item(tag, usage)
	})
	if strings.Contains(cmd.Annotations["details"], environmentHelp) {
		p.section("Environment")
		p.paragraphs(environmentHelp)
	}
}

// seeAlso returns references to the pages of parent and children.
func seeAlso(cmd *cobra.Command) string {
	near := cmd.Commands()
	if cmd.HasParent() {
		near = append([]*cobra.Command{cmd.Parent()}, near...)
	}
	var refs []string
	for _, c := range near {
		if !c.IsAdditionalHelpTopicCommand() {
			refs = append(refs, `\fB`+escape(pageName(c))+`\fR(1)`)
		}
	}
	return strings.Join(refs, ", ")
}

// escape makes troff print text as it is.
func escape(text string) string {
	text = strings.NewReplacer(`\`, `\e`, `-`, `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
