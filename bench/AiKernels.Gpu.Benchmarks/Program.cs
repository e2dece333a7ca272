using AiKernels.Gpu.Benchmarks;

return args is [Job.Command, var plan, var results] ? Job.Run(plan, results) : GpuCommand.Create().Parse(args).Invoke();
