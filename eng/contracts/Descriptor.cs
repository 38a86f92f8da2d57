using Google.Protobuf;
using Google.Protobuf.Reflection;
using Proto = Google.Protobuf.Reflection.FieldDescriptorProto.Types;

namespace Roost.Contracts;

/// <summary>A contract as servers tell of it by reflection.</summary>
internal static class Descriptor
{
    public static string Base64(ContractModel model)
    {
        var file = new FileDescriptorProto
        {
            Name = model.File,
            Package = model.Package,
            Syntax = "proto3",
            Dependency = { model.Imports },
        };
        foreach (var service in model.Services) file.Service.Add(Service(model, service));
        foreach (var message in model.Messages) file.MessageType.Add(Message(message));
        foreach (var type in model.Enums) file.EnumType.Add(Enum(type));
        return Convert.ToBase64String(file.ToByteArray());
    }

    private static ServiceDescriptorProto Service(ContractModel model, ServiceShape service)
    {
        var proto = new ServiceDescriptorProto { Name = model.NameOf(service) };
        foreach (var function in service.Functions)
        {
            var method = new MethodDescriptorProto
            {
                Name = function.Name,
                InputType = $".{function.Request.Owner.Package}.{function.Request.Name}",
                OutputType = $".{function.Reply.Owner.Package}.{function.Reply.Name}",
            };
            if (function.IsRead)
            {
                method.Options = new MethodOptions
                {
                    IdempotencyLevel = MethodOptions.Types.IdempotencyLevel.NoSideEffects,
                };
            }
            proto.Method.Add(method);
        }
        return proto;
    }

    private static DescriptorProto Message(MessageShape message)
    {
        var proto = new DescriptorProto { Name = message.Name };
        foreach (var field in message.Fields)
        {
            var one = new FieldDescriptorProto
            {
                Name = field.Name,
                Number = field.Number,
                Label = field.IsList ? Proto.Label.Repeated : Proto.Label.Optional,
                Type = TypeOf(field.Value),
            };
            if (field.Value.Kind is Kind.Message or Kind.Enum)
                one.TypeName = $".{field.Value.Owner!.Package}.{field.Value.ProtoType}";
            if (field.Value.Kind is Kind.Time or Kind.Span) one.TypeName = "." + field.Value.ProtoType;
            // proto3 has presence for messages anyway; for the rest by a oneof of one.
            if (field.IsOptional && !field.IsList && one.Type != Proto.Type.Message)
            {
                one.Proto3Optional = true;
                one.OneofIndex = proto.OneofDecl.Count;
                proto.OneofDecl.Add(new OneofDescriptorProto { Name = "_" + field.Name });
            }
            proto.Field.Add(one);
        }
        return proto;
    }

    private static EnumDescriptorProto Enum(Type type)
    {
        var proto = new EnumDescriptorProto { Name = type.Name };
        foreach (var (name, number) in ProtoText.ValuesOf(type))
            proto.Value.Add(new EnumValueDescriptorProto { Name = name, Number = number });
        return proto;
    }

    private static Proto.Type TypeOf(ValueShape value) => value.Kind switch
    {
        Kind.Number => value.ProtoType == "int64" ? Proto.Type.Int64 : Proto.Type.Int32,
        Kind.Flag => Proto.Type.Bool,
        Kind.Real => Proto.Type.Double,
        Kind.Text => Proto.Type.String,
        Kind.Blob => Proto.Type.Bytes,
        Kind.Enum => Proto.Type.Enum,
        _ => Proto.Type.Message,
    };
}
