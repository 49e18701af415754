import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.text.MessageFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import org.keycloak.Config;
import org.keycloak.models.KeycloakContext;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.policy.PasswordPolicyProvider;
import org.keycloak.policy.PasswordPolicyProviderFactory;
import org.keycloak.policy.PolicyError;

/** Finds the policy in its jar and asks it as Keycloak does: passwords on standard input, what the person reads on standard output. */
public class KeycloakCheck {
    public static void main(String[] args) throws Exception {
        Locale locale = Locale.forLanguageTag(args[0]);
        PasswordPolicyProviderFactory factory = ServiceLoader.load(PasswordPolicyProviderFactory.class).stream()
                .map(ServiceLoader.Provider::get).filter(f -> f.getId().equals("veto")).findFirst().orElseThrow();
        factory.init((Config.Scope) answering(Config.Scope.class, (name, with) -> System.getProperty((String) with[0])));
        KeycloakContext context = (KeycloakContext) answering(KeycloakContext.class, (name, with) -> name.equals("resolveLocale") ? locale : null);
        KeycloakSession session = (KeycloakSession) answering(KeycloakSession.class, (name, with) -> name.equals("getContext") ? context : null);
        Map<String, String> person = Map.of("getUsername", "zimtwald", "getFirstName", "Jane", "getLastName", "Overbeck", "getEmail", "jane@example.org");
        UserModel user = (UserModel) answering(UserModel.class, (name, with) -> person.get(name));
        RealmModel realm = (RealmModel) answering(RealmModel.class, (name, with) -> null);
        PasswordPolicyProvider policy = factory.create(session);
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String password; (password = in.readLine()) != null;) {
            out.println(text(policy.validate(realm, user, password), locale) + "\t" + text(policy.validate("zimtwald", password), locale));
        }
        policy.close();
        factory.close();
    }

    interface Answer {
        Object of(String method, Object[] with);
    }

    static Object answering(Class<?> type, Answer answer) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, with) -> answer.of(method.getName(), with));
    }

    /** As Keycloak's themes do: the message is a key, the parameters go into its text. */
    static String text(PolicyError error, Locale locale) throws Exception {
        if (error == null) {
            return "accepted";
        }
        Properties messages = new Properties();
        String file = "theme-resources/messages/messages_" + locale.getLanguage() + ".properties";
        messages.load(new InputStreamReader(KeycloakCheck.class.getClassLoader().getResourceAsStream(file), StandardCharsets.UTF_8));
        return new MessageFormat(messages.getProperty(error.getMessage()), locale).format(error.getParameters());
    }
}
