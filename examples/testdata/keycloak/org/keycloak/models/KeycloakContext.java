// What the example uses of Keycloak 26, declared to compile it where Keycloak is not.
package org.keycloak.models;

import java.util.Locale;

public interface KeycloakContext {
    Locale resolveLocale(UserModel user);
}
