package audit

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/vetopw/veto/lists"
)

// Columns are those of WriteCSV, members of the records.
var Columns = [...]string{
	"kind", "time", "id", "operation", "actor", "subject", "policy", "snapshot", "mode", "decision", "would_decision", "cause",
	"reasons", "audited", "lists", "latency_us", "erased", "action", "target", "before", "after", "previous", "hash",
	"channel", "site", "host", "count",
}

// WriteCSV writes records as CSV (RFC 4180) with a line of column names. Lists
// are separated by spaces. Cells are those of lists.GuardCell.
func WriteCSV(w io.Writer, lines [][]byte) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(Columns[:]); err != nil {
		return err
	}
	for _, line := range lines {
		var members map[string]any
		if err := json.Unmarshal(line, &members); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		var cells [len(Columns)]string
		for i, name := range Columns {
			cells[i] = lists.GuardCell(cell(members[name]))
		}
		if err := out.Write(cells[:]); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// cell returns a value of JSON as text.
func cell(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, cell(item))
		}
		return strings.Join(all, " ")
	}
	return ""
}
