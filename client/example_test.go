package client_test

import (
	"context"
	"fmt"
	"log"

	"github.com/vetopw/veto/client"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/remote"
)

func ExampleClient_Check() {
	veto, err := client.New("https://veto.example.org", client.Options{
		Options: remote.Options{TokenFile: "/etc/portal/veto.token"},
		Set:     engine.Reject, // without a verdict no reset,
		Change:  engine.Accept, // but who knows the old password may change it
	})
	if err != nil {
		log.Fatal(err)
	}
	password := []byte("as the form has it")
	defer clear(password)
	verdict, err := veto.Check(context.Background(), password, engine.Subject{Account: "jdoe", Names: []string{"Jane Doe"}, Operation: engine.Set})
	if err != nil {
		log.Print(err) // the decision is the declared one
	}
	if verdict.Decision != engine.Accept {
		for _, reason := range verdict.Reasons {
			fmt.Println("The password", reason.Message)
		}
	}
}
