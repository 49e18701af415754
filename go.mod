module github.com/vetopw/veto

go 1.26
