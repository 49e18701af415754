// What the example uses of Keycloak 26, declared to compile it where Keycloak is not.
package org.keycloak.policy;

import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.provider.Provider;

public interface PasswordPolicyProvider extends Provider {
    PolicyError validate(RealmModel realm, UserModel user, String password);

    PolicyError validate(String user, String password);

    Object parseConfig(String value);
}
