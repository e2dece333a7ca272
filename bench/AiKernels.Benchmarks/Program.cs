using AiKernels.Benchmarks.Constrained;
using AiKernels.Benchmarks.Peers;
using AiKernels.Benchmarks.Serving;
using BenchmarkDotNet.Running;

switch (args)
{
    case [PeersCommand.Name, ..]:
        return PeersCommand.Run(args[1..], args);
    case [ServingCommand.Name, ..]:
        return ServingCommand.Run(args[1..]);
    case [ConstrainedCommand.Name, ..]:
        return ConstrainedCommand.Run(args[1..]);
    case [Worker.Command, ..]:
        return Worker.Run(args[1..]);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
