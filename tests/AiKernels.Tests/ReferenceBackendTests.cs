using AiKernels.Reference;
using AiKernels.Tests.Shared.Backends;

namespace AiKernels.Tests;

/// <summary>What defines the others' bits keeps the contract, too.</summary>
public class ReferenceBackendTests : BackendContract
{
    protected override IBackend Create() => new ReferenceBackend();
}
