namespace AiKernels.Runtime.Engine;

/// <summary>How much an engine has to do.</summary>
/// <param name="Running">Requests that are being answered.</param>
/// <param name="Waiting">Requests that wait.</param>
/// <param name="CacheUse">Pages that are in use, as a share of all.</param>
/// <example><code>Console.WriteLine($"{engine.Load.Running} running, {engine.Load.Waiting} waiting");</code></example>
public sealed record EngineLoad(int Running, int Waiting, double CacheUse);
