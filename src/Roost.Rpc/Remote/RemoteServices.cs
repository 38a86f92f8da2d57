using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Grpc.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Roost.Rpc.Admin.Errors;
using Described = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Roost.Rpc.Remote;

/// <summary>
/// The services that a process answers over gRPC. Each is the same function that callers within the process have, its
/// filters included; what arrives here adds only the caller's deadline and cancellation. Tracing needs nothing: the web
/// server continues the W3C context that came with the request.
/// </summary>
/// <remarks>Fill it before the endpoints are mapped.</remarks>
public sealed class RemoteServices(TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>The largest request, in bytes: that with the largest picture which a service may be told to take,
    /// 256 MiB. Services have limits of their own, and say more about them.</summary>
    public const int MessageBytesMax = 257 << 20;

    private readonly ILogger _log = loggers.CreateLogger<RemoteServices>();
    private readonly ILogger _unserved = Unserved.LogOf<RemoteServices>(loggers);
    private readonly List<Action<ServiceMethodProviderContext<RemoteServices>>> _methods = [];
    private readonly Dictionary<object, Delegate> _functions = [];
    private readonly List<Described> _described = [];

    /// <summary>Answers a function. For the code that <c>eng/contracts.cs</c> makes.</summary>
    public void Add<TRequest, TReply>(RemoteMethod<TRequest, TReply> method, Service<TRequest, TReply> service)
        where TRequest : notnull
    {
        ArgumentNullException.ThrowIfNull(method);
        _functions.Add(method, service);
        _methods.Add(context => context.AddUnaryMethod(
            method.Grpc, [], (_, request, served) => AnswerAsync(method, service, request, served)));
    }

    /// <summary>A function that is answered, for callers in this process.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Unavailable"/>: it is not answered here.</exception>
    public Service<TRequest, TReply> Function<TRequest, TReply>(RemoteMethod<TRequest, TReply> method)
        where TRequest : notnull
    {
        ArgumentNullException.ThrowIfNull(method);
        return _functions.TryGetValue(method, out var function)
            ? (Service<TRequest, TReply>)function
            : throw new ServiceException(
                ErrorCode.Unavailable, "Something went wrong on our side. It has been noted; try again later.",
                $"{method.MetricName} is not answered here.");
    }

    /// <summary>Lets clients ask what there is (server reflection).</summary>
    /// <param name="service">One of the contract's, as it names it: <c>Users</c>.</param>
    public void Describe(Contract contract, string service)
    {
        ArgumentNullException.ThrowIfNull(contract);
        _described.Add(contract.Descriptor.FindTypeByName<Described>(service));
    }

    /// <summary>What the web server needs to have before it is built.</summary>
    public static void Register(IServiceCollection services)
    {
        services.AddGrpc(grpc =>
        {
            grpc.EnableDetailedErrors = false;
            grpc.MaxReceiveMessageSize = MessageBytesMax;
        });
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IServiceMethodProvider<RemoteServices>, Provider>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RemoteServices>();
        services.TryAddSingleton(provider => new ReflectionServiceImpl(
            provider.GetRequiredService<RemoteServices>()._described));
    }

    /// <summary>The endpoints; they want HTTP/2.</summary>
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<RemoteServices>();
        endpoints.MapGrpcService<ReflectionServiceImpl>();
    }

    private async Task<Boxed<TReply>> AnswerAsync<TRequest, TReply>(
        RemoteMethod<TRequest, TReply> method, Service<TRequest, TReply> service, Boxed<TRequest> request,
        ServerCallContext served)
        where TRequest : notnull
    {
        try
        {
            return new(await service(request.Value, CallOf(served)));
        }
        catch (ServiceException error)
        {
            // Who had the caller ask is known to the caller.
            if (Unserved.IsFailure(error.Code) && _unserved.IsEnabled(LogLevel.Warning))
                Unserved.NoteFailure(_unserved, error.Code, error, new Touched(method.MetricName, 0));
            throw RemoteErrors.ToStatus(error);
        }
        catch (OperationCanceledException) when (served.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "The caller has gone."));
        }
        catch (Exception bug)
        {
            RemoteLog.Failed(_log, method.MetricName, bug, new Touched(method.MetricName, 0));
            throw RemoteErrors.ToStatus(new ServiceException(
                ErrorCode.Internal, "Something went wrong on our side. It has been noted; try again later.",
                bug.GetType().Name));
        }
    }

    private Call CallOf(ServerCallContext served) => new(
        served.Deadline == DateTime.MaxValue
            ? Deadline.None
            : Deadline.After(served.Deadline - time.GetUtcNow().UtcDateTime, time),
        served.CancellationToken);

    private sealed class Provider(RemoteServices services) : IServiceMethodProvider<RemoteServices>
    {
        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<RemoteServices> context)
        {
            foreach (var add in services._methods) add(context);
        }
    }
}

internal static partial class RemoteLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} failed with what no service should throw.")]
    public static partial void Failed(ILogger log, string method, Exception bug, Touched touched);
}
