// What the example uses of Keycloak 26, declared to compile it where Keycloak is not.
package org.keycloak.provider;

public interface Provider {
    void close();
}
