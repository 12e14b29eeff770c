using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Shared;

/// <summary>What is wrong with a script that is fetched.</summary>
internal static class Messages
{
    public static LocalizedText SignatureOf(string name) => new($"the signature of {name}", $"{name} 的签名");

    public static LocalizedText CopyInImage { get; } = new("the copy in the image", "镜像中的副本");

    public static LocalizedText NotReadWithin(LocalizedText name, string seconds) => new(
        $"{name.English} could not be read within {seconds} s", $"{name.Chinese}：未能在 {seconds} 秒内读完");

    public static LocalizedText NotOnNode { get; } = new("the file does not exist on this node", "本节点上没有该文件");

    public static LocalizedText OtherHash(string name, string actual, string expected) => new(
        $"{name} has sha256 {actual}, the configuration requires {expected}", $"{name} 的 sha256 是 {actual}，配置要求 {expected}");
}
