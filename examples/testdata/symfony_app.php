<?php
// An application of Symfony's framework with the configuration file $argv[1]. It
// judges the password on standard input, its first line, as check.php does.

foreach (['Validator', 'HttpClient', 'FrameworkBundle', 'Yaml', 'Config', 'DependencyInjection', 'HttpKernel', 'Cache'] as $part) {
    $bundle = $part === 'FrameworkBundle' ? "Bundle/$part" : "Component/$part";
    include_once "Symfony/$bundle/autoload.php"; // those of Debian's packages
}

use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Component\Config\Loader\LoaderInterface;
use Symfony\Component\DependencyInjection\Compiler\CompilerPassInterface;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\HttpKernel\Kernel;
use Symfony\Component\Validator\Constraints\NotCompromisedPassword;
use Symfony\Contracts\HttpClient\Exception\ExceptionInterface;

$config = $argv[1];
$app = new class($config) extends Kernel implements CompilerPassInterface {
    public function __construct(private string $config)
    {
        parent::__construct('prod', false);
    }

    public function registerBundles(): iterable
    {
        return [new FrameworkBundle()];
    }

    public function registerContainerConfiguration(LoaderInterface $loader): void
    {
        $loader->load($this->config);
        $loader->load(fn (ContainerBuilder $c) => $c->loadFromExtension('framework', ['secret' => 'test']));
    }

    public function process(ContainerBuilder $container): void
    {
        $container->findDefinition('validator')->setPublic(true);
    }

    public function getProjectDir(): string
    {
        return dirname($this->config);
    }
};
$app->boot();
try {
    $violations = $app->getContainer()->get('validator')->validate(rtrim(fgets(STDIN), "\n"), new NotCompromisedPassword());
} catch (ExceptionInterface $e) {
    fwrite(STDERR, 'symfony_app.php: '.$e->getMessage()."\n");
    exit(4);
}
foreach ($violations as $violation) {
    echo $violation->getMessage(), "\n";
}
exit(count($violations) > 0 ? 1 : 0);
