using AiKernels.Benchmarks.Peers;
using BenchmarkDotNet.Running;

switch (args)
{
    case [PeersCommand.Name, ..]:
        return PeersCommand.Run(args[1..], args);
    case [Worker.Command, ..]:
        return Worker.Run(args[1..]);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
