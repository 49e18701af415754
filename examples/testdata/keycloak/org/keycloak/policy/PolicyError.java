// What the example uses of Keycloak 26, declared to compile it where Keycloak is not.
package org.keycloak.policy;

public final class PolicyError {
    private final String message;
    private final Object[] parameters;

    public PolicyError(String message, Object... parameters) {
        this.message = message;
        this.parameters = parameters;
    }

    public String getMessage() {
        return message;
    }

    public Object[] getParameters() {
        return parameters;
    }
}
