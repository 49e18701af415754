// What the example uses of Keycloak 26, declared to compile it where Keycloak is not.
package org.keycloak;

public class Config {
    public interface Scope {
        String get(String key);
    }
}
