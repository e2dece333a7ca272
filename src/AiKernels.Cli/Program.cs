using AiKernels.Cli;

return await CommandLine.RunAsync(args);
