<?php
// Judges the password on standard input, its first line, by Symfony's constraint
// NotCompromisedPassword, whose range requests go to Veto. The README has the same
// for applications of the framework.
//
//   printf '%s\n' "$password" | VETO_URL=http://127.0.0.1:8080 php check.php
//
// Exit code: 0 not breached, 1 breached, 4 no answer.

foreach (['vendor/autoload.php', 'Symfony/Component/Validator/autoload.php', 'Symfony/Component/HttpClient/autoload.php'] as $file) {
    @include_once $file; // Composer's, or those of Debian's packages
}

use Symfony\Component\HttpClient\HttpClient;
use Symfony\Component\Validator\Constraint;
use Symfony\Component\Validator\Constraints\NotCompromisedPassword;
use Symfony\Component\Validator\Constraints\NotCompromisedPasswordValidator;
use Symfony\Component\Validator\ConstraintValidatorFactory;
use Symfony\Component\Validator\ConstraintValidatorInterface;
use Symfony\Component\Validator\Validation;
use Symfony\Contracts\HttpClient\Exception\ExceptionInterface;

$options = ['timeout' => 2, 'max_duration' => 2, 'max_redirects' => 0];
if ($file = getenv('VETO_TOKEN_FILE')) {
    $options['auth_bearer'] = trim(file_get_contents($file));
}
$endpoint = (getenv('VETO_URL') ?: 'http://127.0.0.1:8080').'/range/%s';
$pwned = new NotCompromisedPasswordValidator(HttpClient::create($options), 'UTF-8', true, $endpoint);
$factory = new class($pwned) extends ConstraintValidatorFactory {
    public function __construct(private NotCompromisedPasswordValidator $pwned)
    {
        parent::__construct();
    }

    public function getInstance(Constraint $constraint): ConstraintValidatorInterface
    {
        return $constraint instanceof NotCompromisedPassword ? $this->pwned : parent::getInstance($constraint);
    }
};
$validator = Validation::createValidatorBuilder()->setConstraintValidatorFactory($factory)->getValidator();

$line = fgets(STDIN);
if ($line === false) {
    fwrite(STDERR, "check.php: no password on standard input\n");
    exit(4);
}
try {
    // skipOnError stays false: without an answer there is an exception, no pass.
    $violations = $validator->validate(rtrim($line, "\n"), new NotCompromisedPassword());
} catch (ExceptionInterface $e) {
    fwrite(STDERR, 'check.php: '.$e->getMessage()."\n");
    exit(4);
}
foreach ($violations as $violation) {
    echo $violation->getMessage(), "\n";
}
exit(count($violations) > 0 ? 1 : 0);
